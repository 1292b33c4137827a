// Builds elements. Text is always text: nothing that comes from outside is ever read as HTML.

/** An element; attributes by name, `on…` are listeners, true and false set and leave out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

/** Replaces what the page shows and takes the focus there, so that screen readers notice. */
export function show(...children) {
  const main = document.getElementById("main");
  main.replaceChildren(...children);
  main.removeAttribute("aria-busy");
  const first = main.querySelector("[data-focus]") ?? main;
  first.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

/** Says something to people who do not see the page. */
export function announce(text) {
  document.getElementById("status").textContent = text;
}

/** A place for the one thing that went wrong; `say("")` empties it. */
export function problem() {
  const element = h("p", { class: "notice bad", role: "alert", hidden: true });
  return {
    element,
    say(text) {
      element.textContent = text;
      element.hidden = !text;
    },
  };
}

const BYTES = ["bytes", "KB", "MB", "GB", "TB"];

/** A size in words: 1 536 000 → "1.5 MB". */
export function size(bytes) {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < BYTES.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${new Intl.NumberFormat(undefined, { maximumFractionDigits: digits }).format(value)} ${BYTES[unit]}`;
}

/** A moment in the reader's own time zone. */
export function moment(iso) {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  return h("time", { datetime: iso }, format.format(new Date(iso)));
}
