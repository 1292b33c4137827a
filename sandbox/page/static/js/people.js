// Who one is: a small menu at the top right. The choice is part of the address (`?as=omar`), so that two
// windows can be two people.

import { avatar } from "./avatar.js";
import { h } from "./dom.js";

/** The account that the address asks for; the first one otherwise. */
export function chosenPerson(people) {
  const asked = new URLSearchParams(location.search).get("as");
  return people.find((person) => person.key === asked) ?? people[0];
}

export function drawPeople(element, people, current) {
  const menu = h("div", { class: "who-menu", id: "who-menu", hidden: true }, h("p", {}, "Be somebody else"),
    h("ul", {}, people.map((person) => h("li", {}, h("a", {
      href: `?as=${person.key}${location.hash}`,
      "aria-current": person === current && "true",
      dataset: { person: person.key },
      onclick: (event) => {
        // The hash may have changed since the menu was drawn; direct messages stay with the one who reads them.
        event.currentTarget.href = `?as=${person.key}${location.hash.includes("/dm/") ? "" : location.hash}`;
      },
    }, avatar(person.user_id, person.full_name), h("span", { class: "who-text" },
      h("span", { class: "who-name" }, person.full_name), h("span", { class: "who-role" }, person.role)),
    person === current && h("span", { class: "tick" }, "✔"))))));
  const button = h("button", { type: "button", class: "who-button", "aria-expanded": "false", "aria-controls": "who-menu",
    "aria-label": `You are ${current.full_name}, ${current.role}. Be somebody else`, onclick: () => open(menu.hidden) },
  avatar(current.user_id, current.full_name),
  h("span", { class: "who-text" }, h("span", { class: "who-name" }, current.full_name),
    h("span", { class: "who-role" }, current.role)), h("span", { class: "caret", "aria-hidden": "true" }, "▾"));
  const open = (yes) => {
    menu.hidden = !yes;
    button.setAttribute("aria-expanded", String(yes));
  };
  document.addEventListener("pointerdown", (event) => !element.contains(event.target) && open(false));
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || menu.hidden) return;
    open(false);
    button.focus();
  });
  element.replaceChildren(button, menu);
}
