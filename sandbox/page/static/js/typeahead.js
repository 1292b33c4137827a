// Names after `@` and emoji after `:` in the message box, as a list to choose from.

import { avatar } from "./avatar.js";
import { h } from "./dom.js";
import { charactersOf, EMOJI } from "./emoji.js";

const MOST = 8;
const ASKED = /(?:^|[\s(])([@:])([\p{L}\p{N}_+ -]{0,30})$/u;

function people(store, query) {
  const wanted = query.toLowerCase();
  const fits = (name) => name.toLowerCase().startsWith(wanted)
    || name.toLowerCase().split(" ").some((word) => word.startsWith(wanted));
  return [...store.users.values()].filter((user) => user.isActive && user.id !== store.me.user_id && fits(user.name))
    .sort((a, b) => b.isBot - a.isBot || a.name.localeCompare(b.name))
    .map((user) => ({
      text: `${store.mentionOf(user.id)} `,
      picture: avatar(user.id, user.name, user.isBot),
      label: user.name,
      hint: user.isBot ? "bot" : user.email,
    }));
}

function emoji(_store, query) {
  if (query.length < 2 || query.includes(" ")) return [];
  return EMOJI.filter(({ name }) => name.includes(query.toLowerCase())).map(({ name, code }) => ({
    text: `${charactersOf(code)} `,
    picture: h("span", { class: "emoji" }, charactersOf(code)),
    label: `:${name}:`,
  }));
}

const SOURCES = { "@": people, ":": emoji };

export class Typeahead {
  #box;
  #store;
  #list;
  #options = [];
  #chosen = 0;
  #start = 0;

  constructor(box, list, store) {
    this.#box = box;
    this.#list = list;
    this.#store = store;
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-controls", list.id);
    box.addEventListener("input", () => this.look());
    box.addEventListener("click", () => this.look());
    box.addEventListener("blur", () => this.close());
  }

  get isOpen() {
    return this.#options.length > 0;
  }

  /** See whether something is being asked for at the caret, and offer it. */
  look() {
    const before = this.#box.value.slice(0, this.#box.selectionStart);
    const asked = ASKED.exec(before);
    if (!asked || this.#box.selectionStart !== this.#box.selectionEnd) return this.close();
    this.#start = before.length - asked[2].length - 1;
    this.#options = SOURCES[asked[1]](this.#store, asked[2]).slice(0, MOST);
    this.#chosen = 0;
    return this.#draw();
  }

  close() {
    this.#options = [];
    this.#draw();
  }

  /** Handle a key; true when it was for the list. */
  key(event) {
    if (!this.isOpen) return false;
    const { length } = this.#options;
    if (event.key === "ArrowDown") this.#chosen = (this.#chosen + 1) % length;
    else if (event.key === "ArrowUp") this.#chosen = (this.#chosen + length - 1) % length;
    else if (event.key === "Enter" || event.key === "Tab") return this.#take(this.#chosen);
    else if (event.key === "Escape") this.close();
    else return false;
    this.#draw();
    return true;
  }

  #take(index) {
    const { text } = this.#options[index];
    this.#box.setRangeText(text, this.#start, this.#box.selectionStart, "end");
    this.close();
    this.#box.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }

  #draw() {
    this.#list.hidden = !this.isOpen;
    if (this.isOpen) this.#box.setAttribute("aria-activedescendant", `${this.#list.id}-${this.#chosen}`);
    else this.#box.removeAttribute("aria-activedescendant");
    this.#list.replaceChildren(...this.#options.map((option, index) => h("li", {
      id: `${this.#list.id}-${index}`, role: "option", "aria-selected": String(index === this.#chosen),
      // The box keeps the focus: pressing must not blur it.
      onpointerdown: (event) => {
        event.preventDefault();
        this.#take(index);
      },
    }, option.picture, h("span", { class: "label" }, option.label), option.hint && h("span", { class: "hint" }, option.hint))));
  }
}
