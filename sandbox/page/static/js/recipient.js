// Where a message goes: a channel and a topic, or people.

import { h } from "./dom.js";
import { isResolved } from "./message.js";

const DIRECT = "direct";
const TOPICS_OFFERED = 30;

/** Thrown when the recipient is not complete; the text says what to do. */
export class NoRecipient extends Error {}

/** Fill a list of suggestions; left alone where nothing changed, since it may be open. */
function offer(list, values) {
  const known = [...list.children].map((option) => option.value);
  if (JSON.stringify(known) !== JSON.stringify(values)) {
    list.replaceChildren(...values.map((value) => h("option", { value })));
  }
}

export class Recipient {
  #store;

  constructor(store) {
    this.#store = store;
    this.place = h("select", { class: "place", "aria-label": "Channel or direct message" });
    this.topics = h("datalist", { id: "topic-names" });
    this.topic = h("input", { class: "topic", "aria-label": "Topic", placeholder: "Topic", maxlength: 60,
      list: "topic-names", autocomplete: "off" });
    this.names = h("datalist", { id: "people-names" });
    this.people = h("input", { class: "people-input", "aria-label": "To: names, with commas between",
      placeholder: "Names, with commas between", list: "people-names", autocomplete: "off" });
    this.place.addEventListener("change", () => {
      this.topic.value = "";
      this.#arrange();
      if (this.place.value !== DIRECT) this.topic.value = this.#usualTopic(Number(this.place.value));
      (this.place.value === DIRECT ? this.people : this.topic).focus();
    });
    this.element = h("div", { class: "recipient-row" }, this.place,
      h("span", { class: "chevron", "aria-hidden": "true" }, "›"), this.topic, this.topics, this.people, this.names);
  }

  /** Draw the choices anew (channels and people may have changed), keeping what is chosen. */
  refresh() {
    const chosen = this.place.value;
    const channels = [...this.#store.channels.values()].filter((channel) => channel.subscribed)
      .sort((a, b) => a.name.localeCompare(b.name));
    const wanted = [...channels.map((channel) => [String(channel.id), `# ${channel.name}`]), [DIRECT, "✉ Direct message"]];
    const known = [...this.place.options].map((option) => [option.value, option.text]);
    if (JSON.stringify(wanted) !== JSON.stringify(known)) {
      this.place.replaceChildren(...wanted.map(([value, text]) => h("option", { value }, text)));
      if (wanted.some(([value]) => value === chosen)) this.place.value = chosen;
    }
    this.#arrange();
  }

  /** Point at a narrow. */
  follow(narrow) {
    this.refresh();
    if (narrow.kind === "direct") {
      this.place.value = DIRECT;
      this.people.value = narrow.people.map((id) => this.#store.nameOf(id)).join(", ");
    } else if (narrow.channelId !== undefined) {
      this.place.value = String(narrow.channelId);
      this.topic.value = narrow.topic ?? this.#usualTopic(narrow.channelId);
    }
    this.#arrange();
  }

  /** The narrow that is pointed at. Throws NoRecipient. */
  get narrow() {
    if (this.place.value !== DIRECT) {
      const channelId = Number(this.place.value);
      if (!this.place.value) throw new NoRecipient("Choose a channel first.");
      const topic = this.topic.value.trim();
      if (!topic) throw new NoRecipient("Give the message a topic first.");
      return { kind: "topic", channelId, topic };
    }
    const names = this.people.value.split(",").map((name) => name.trim()).filter(Boolean);
    if (!names.length) throw new NoRecipient("Say whom the message is for.");
    const people = names.map((name) => {
      const user = [...this.#store.users.values()].find((known) => known.name.toLowerCase() === name.toLowerCase());
      if (!user) throw new NoRecipient(`There is nobody called ${name} here.`);
      return user.id;
    });
    return { kind: "direct", people };
  }

  #usualTopic(channelId) {
    return this.#store.sorted.findLast((message) => message.channelId === channelId && !isResolved(message.topic))?.topic ?? "";
  }

  #arrange() {
    const direct = this.place.value === DIRECT;
    this.topic.hidden = direct;
    this.people.hidden = !direct;
    const channelId = Number(this.place.value);
    const topics = new Set(this.#store.sorted.filter((message) => message.channelId === channelId)
      .map((message) => message.topic).reverse());
    offer(this.topics, [...topics].slice(0, TOPICS_OFFERED));
    offer(this.names, [...this.#store.users.values()].filter((user) => user.isActive).map((user) => user.name));
  }
}
