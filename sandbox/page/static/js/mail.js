// What the demo sent: asked for again and again, drawn when something is new.

import { banner, h, reconcile } from "./dom.js";
import { clock, day, full } from "./format.js";
import { linked } from "./linkify.js";

const EVERY_MS = 1500;
const CODE = /\b\d{6}\b/;

const byId = (id) => document.getElementById(id);
const cards = new Map();

function copyButton(code) {
  const button = h("button", { type: "button", class: "copy", onclick: async () => {
    await navigator.clipboard.writeText(code);
    button.textContent = "Copied";
  } }, `Copy ${code}`);
  return button;
}

function card(message, isNew) {
  const sent = new Date(message.sent_at);
  const isMail = message.kind === "mail";
  const code = isMail ? null : CODE.exec(message.text)?.[0];
  return h("li", { class: `sent ${message.kind}${isNew ? " new" : ""}` },
    h("div", { class: "sent-head" },
      h("span", { class: "kind" }, isMail ? "✉ Mail" : "☎ Text message"),
      h("span", { class: "to" }, "to ", h("strong", {}, message.to)),
      h("time", { datetime: sent.toISOString(), title: full(sent) }, `${day(sent)}, ${clock(sent)}`)),
    isMail && h("h2", {}, message.subject || "(no subject)"),
    h("div", { class: "text" }, linked(message.text)),
    code && copyButton(code));
}

/** A message has no number of its own: its content and its place among equal ones tell it apart. */
function keysOf(messages) {
  const seen = new Map();
  return [...messages].reverse().map((message) => {
    const content = JSON.stringify(message);
    seen.set(content, (seen.get(content) ?? 0) + 1);
    return `${seen.get(content)} ${content}`;
  }).reverse();
}

function draw(messages) {
  const first = cards.size === 0;
  const nodes = keysOf(messages).map((key, index) => {
    if (!cards.has(key)) cards.set(key, card(messages[index], !first));
    return cards.get(key);
  });
  reconcile(byId("sent"), nodes);
  byId("empty").hidden = messages.length > 0;
}

async function refresh() {
  try {
    const answer = await fetch("/demo/sent.json");
    if (!answer.ok) throw new Error(`${answer.status}`);
    const { messages, chat } = await answer.json();
    draw(messages);
    byId("chat").hidden = !chat;
    banner("");
  } catch {
    banner("No connection to the demo. Is it still running? Trying again …");
  }
  setTimeout(refresh, EVERY_MS);
}

refresh();
