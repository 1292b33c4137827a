// Building elements without ever writing markup: every text goes in as text.

/** An element with attributes (`class`, `onclick`, `dataset` …) and children (nodes, strings, lists, null). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Make `parent`'s children exactly `wanted`, moving as little as possible, so that focus and scroll stay. */
export function reconcile(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  let next = parent.firstElementChild;
  for (const node of wanted) {
    if (node === next) next = next.nextElementSibling;
    else parent.insertBefore(node, next);
  }
}

/** Show a plain sentence at the top of the page, or hide it with an empty one. */
export function banner(text) {
  const element = document.getElementById("banner");
  element.textContent = text;
  element.hidden = text === "";
}
