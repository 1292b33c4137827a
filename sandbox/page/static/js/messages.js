// The middle: messages of the present narrow, grouped by recipient and sender, with the days between.

import { h, reconcile } from "./dom.js";
import { day } from "./format.js";
import { bareTopic, isResolved } from "./message.js";
import { hashOf, matcher, narrowOf } from "./narrow.js";
import { Row } from "./row.js";

const SHOWN = 200;
const SAME_SENDER_SECONDS = 600;
const NEAR_BOTTOM_PX = 60;
const ROOM_ABOVE_PX = 60;

export class MessageList {
  #list;
  #scroller;
  #context;
  #narrow = null;
  #rows = new Map();
  #heads = new Map();
  #shown = SHOWN;
  #serverHasOlder = false;
  #stick = true;
  #bottomButton = document.getElementById("to-bottom");

  /** `context` as for Row, with `loadOlder(narrow, beforeId)`. */
  constructor(list, scroller, context) {
    this.#list = list;
    this.#scroller = scroller;
    this.#context = context;
    this.older = h("button", { type: "button", class: "older", onclick: () => this.#showOlder() }, "Show older messages");
    this.empty = h("p", { class: "empty" });
    scroller.addEventListener("scroll", () => {
      this.#stick = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_BOTTOM_PX;
      this.#bottomButton.hidden = this.#stick;
    }, { passive: true });
    this.#bottomButton.addEventListener("click", () => this.toBottom());
    // Late pictures and a growing compose box must not push the newest message out of sight.
    const hold = new ResizeObserver(() => this.#stick && this.toBottom());
    hold.observe(list);
    hold.observe(scroller);
  }

  /** Say whether the server has older messages than were fetched. */
  set hasOlder(yes) {
    this.#serverHasOlder = yes;
    this.render();
  }

  toBottom() {
    this.#stick = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** Show a narrow: at the message that its address names, else at the first unread one, else at the end. */
  show(narrow) {
    this.#narrow = narrow;
    this.#shown = SHOWN;
    this.#stick = false;
    this.#serverHasOlder = false;
    this.render();
    const named = this.#rows.get(narrow.near)?.element;
    this.toBottom();
    if (named?.isConnected) {
      this.#stick = false;
      named.scrollIntoView({ block: "center" });
      named.classList.add("found");
      return;
    }
    const unread = this.#list.querySelector(".message.unread");
    const above = unread ? unread.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top : 0;
    if (above < 0) {
      this.#stick = false;
      this.#scroller.scrollTop += above - ROOM_ABOVE_PX;
    }
  }

  reset() {
    this.#rows.clear();
    this.#heads.clear();
  }

  render() {
    if (this.#narrow === null) return;
    const { store } = this.#context;
    const all = store.sorted.filter(matcher(this.#narrow, store.me.user_id));
    const shown = all.slice(-this.#shown);
    this.older.hidden = all.length <= this.#shown && !this.#serverHasOlder;
    const nodes = [];
    let previous = null;
    for (const message of shown) {
      nodes.push(...this.#nodesFor(message, previous));
      previous = message;
    }
    if (shown.length) nodes.unshift(this.older);
    else nodes.push(this.empty);
    this.empty.textContent = this.#narrow.kind === "direct"
      ? `No messages with ${store.conversationName(this.#narrow.people)} yet. Write the first one.`
      : "No messages here yet. Write the first one.";
    const atBottom = this.#stick;
    reconcile(this.#list, nodes);
    if (atBottom) this.toBottom();
  }

  /** The row elements of what is shown, with their messages. */
  get visibleRows() {
    return [...this.#list.querySelectorAll(".message")].map((element) => this.#rows.get(Number(element.dataset.id)));
  }

  #nodesFor(message, previous) {
    const { store } = this.#context;
    const nodes = [];
    const place = hashOf(narrowOf(message, store.me.user_id), store);
    const newDay = !previous || new Date(message.time * 1000).toDateString() !== new Date(previous.time * 1000).toDateString();
    const newPlace = !previous || place !== hashOf(narrowOf(previous, store.me.user_id), store);
    if (newDay) nodes.push(this.#cached(`day ${message.id}`, day(new Date(message.time * 1000)), (text) =>
      h("div", { class: "day", role: "separator" }, h("span", {}, text))));
    if (newPlace || newDay) nodes.push(this.#cached(`head ${message.id}`, `${place} ${store.channelName(message.channelId)}`,
      () => recipientBar(message, place, store)));
    const first = newDay || newPlace || message.senderId !== previous.senderId || message.form !== null
      || message.time - previous.time > SAME_SENDER_SECONDS;
    let row = this.#rows.get(message.id);
    if (!row) this.#rows.set(message.id, row = new Row(message, this.#context));
    row.update(message, first);
    nodes.push(row.element);
    return nodes;
  }

  #cached(key, state, make) {
    const known = this.#heads.get(key);
    if (known?.state === state) return known.node;
    const node = make(state);
    this.#heads.set(key, { state, node });
    return node;
  }

  async #showOlder() {
    const { store, loadOlder, onError } = this.#context;
    const all = store.sorted.filter(matcher(this.#narrow, store.me.user_id));
    const height = this.#scroller.scrollHeight;
    this.#shown += SHOWN;
    if (all.length < this.#shown) await loadOlder(this.#narrow, all[0]?.id).catch(onError);
    this.#stick = false;
    this.render();
    this.#scroller.scrollTop += this.#scroller.scrollHeight - height;
  }
}

function recipientBar(message, place, store) {
  if (message.people !== null) {
    return h("div", { class: "recipient direct" },
      h("a", { href: place }, h("span", { class: "glyph", "aria-hidden": "true" }, "✉"),
        `You and ${store.conversationName(message.people)}`));
  }
  const channelPlace = hashOf({ kind: "channel", channelId: message.channelId }, store);
  return h("div", { class: `recipient channel hue-${message.channelId % 12}` },
    h("a", { class: "recipient-channel", href: channelPlace },
      h("span", { class: "glyph", "aria-hidden": "true" }, "#"), store.channelName(message.channelId)),
    h("span", { class: "chevron", "aria-hidden": "true" }, "›"),
    h("a", { class: "recipient-topic", href: place },
      isResolved(message.topic) && h("span", { class: "tick", title: "Resolved" }, "✔ "), bareTopic(message.topic)));
}
