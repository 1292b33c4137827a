// The buttons of a form (zform). A click says the choice's reply as an ordinary message, as Zulip's client does:
// to the same place, and in a channel with the asking bot's mention in front.

import { h } from "./dom.js";
import { narrowOf } from "./narrow.js";

/** The element of a message's form; `send(narrow, content)` posts a message. */
export function formElement(message, store, send) {
  const click = async (event, choice) => {
    const button = event.currentTarget;
    button.disabled = true;
    const mention = message.people === null ? `${store.mentionOf(message.senderId)} ` : "";
    try {
      await send(narrowOf(message, store.me.user_id), mention + choice.reply);
    } finally {
      button.disabled = false;
    }
  };
  return h("div", { class: "zform", role: "group", "aria-label": message.form.heading },
    h("p", { class: "zform-heading" }, message.form.heading),
    h("ul", {}, message.form.choices.map((choice) => h("li", {},
      h("button", { type: "button", class: "zform-button", onclick: (event) => click(event, choice) },
        choice.short_name),
      h("span", { class: "zform-long" }, choice.long_name),
    ))));
}
