// One message on the page. Its element stays the same for its whole life; only what changed is drawn anew.

import { avatar } from "./avatar.js";
import { setServerHtml } from "./content.js";
import { h } from "./dom.js";
import { charactersOf } from "./emoji.js";
import { clock, full } from "./format.js";
import { openPicker, pills, toggle } from "./reactions.js";
import { formElement } from "./widgets.js";

const QUICK = [{ name: "+1", code: "1f44d" }, { name: "check", code: "2705" }];

export class Row {
  #context;
  #drawn = {};

  /** `context`: api, store, send(narrow, content), onError(error), onEdit(message). */
  constructor(message, context) {
    this.#context = context;
    this.message = message;
    const sent = new Date(message.time * 1000);
    const sender = context.store.users.get(message.senderId);
    this.body = h("div", { class: "message-content" });
    this.reactions = h("div", { class: "reactions" });
    this.editedMark = h("span", { class: "edited", hidden: true }, "EDITED");
    const name = sender?.name ?? message.senderName;
    this.element = h("article", { class: "message", tabindex: -1, dataset: { id: message.id }, "aria-label": `${name}, ${full(sent)}` },
      h("div", { class: "gutter" }, avatar(message.senderId, name, sender?.isBot ?? true)),
      h("div", { class: "message-main" },
        h("div", { class: "sender-line" },
          h("span", { class: "sender" }, name),
          (sender?.isBot ?? true) && h("span", { class: "bot-mark" }, "bot")),
        this.body, this.reactions),
      h("div", { class: "message-side" }, this.editedMark,
        h("time", { class: "clock", datetime: sent.toISOString(), title: full(sent) }, clock(sent))),
      this.#controls());
  }

  #controls() {
    const { api, store, onError, onEdit } = this.#context;
    const own = this.message.senderId === store.me.user_id;
    const more = h("button", { type: "button", "aria-label": "More reactions", title: "More reactions",
      onclick: () => openPicker(more, (emoji) => toggle(api, store, this.message, emoji).catch(onError)) },
    h("span", { class: "smiley", "aria-hidden": "true" }));
    return h("div", { class: "controls", role: "group", "aria-label": "React or edit" },
      QUICK.map((emoji) => h("button", { type: "button", class: "emoji", title: `:${emoji.name}:`,
        "aria-label": `React with ${emoji.name === "+1" ? "thumbs up" : emoji.name}`,
        onclick: () => toggle(api, store, this.message, emoji).catch(onError) }, charactersOf(emoji.code))),
      more,
      own && h("button", { type: "button", "aria-label": "Edit message", title: "Edit message",
        onclick: () => onEdit(this) }, h("span", { class: "pencil", "aria-hidden": "true" })));
  }

  /** Draw what changed; `first`: whether the sender is named here (else it goes on from the row above). */
  update(message, first) {
    const { api, store, send, onError } = this.#context;
    this.message = message;
    this.element.classList.toggle("first", first);
    this.element.classList.toggle("mentions-me", message.flags.has("mentioned"));
    this.element.classList.toggle("unread", store.isUnread(message));
    this.element.classList.toggle("me-message", message.isMe);
    this.editedMark.hidden = !message.edited;
    if (this.#drawn.html !== message.html) {
      this.#drawn.html = message.html;
      if (message.form) this.body.replaceChildren(formElement(message, store, (...what) => send(...what).catch(onError)));
      else setServerHtml(this.body, message.html, { api, me: store.me.user_id });
      this.body.classList.toggle("large-emoji", isOnlyEmoji(this.body));
    }
    if (this.#drawn.reactions !== message.reactions) {
      this.#drawn.reactions = message.reactions;
      this.reactions.replaceChildren(...pills(api, store, message, onError));
    }
  }
}

function isOnlyEmoji(body) {
  return body.querySelector(".emoji") !== null && body.textContent.trim().length <= 4
    && [...body.querySelectorAll("p")].every((p) => [...p.childNodes].every((node) =>
      node.nodeType === Node.TEXT_NODE ? !node.data.trim() : node.classList.contains("emoji")));
}
