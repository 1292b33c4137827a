// Reactions under a message: counts, who, a click to join or leave, and a small picker.

import { h } from "./dom.js";
import { charactersOf, EMOJI } from "./emoji.js";

function grouped(reactions) {
  const groups = new Map();
  for (const reaction of reactions) {
    const key = `${reaction.type}:${reaction.code}`;
    if (!groups.has(key)) groups.set(key, { ...reaction, userIds: [] });
    groups.get(key).userIds.push(reaction.userId);
  }
  return [...groups.values()];
}

/** Add one's reaction, or take it back. */
export async function toggle(api, store, message, { name, code, type = "unicode_emoji" }) {
  const mine = message.reactions.some((known) =>
    known.userId === store.me.user_id && known.code === code && known.type === type);
  const path = `/messages/${message.id}/reactions`;
  const emoji = { emoji_name: name, emoji_code: code, reaction_type: type };
  await (mine ? api.delete(path, emoji) : api.post(path, emoji));
}

/** The row of pills; empty when nobody reacted. */
export function pills(api, store, message, onError) {
  return grouped(message.reactions).map((group) => {
    const mine = group.userIds.includes(store.me.user_id);
    const names = group.userIds.map((id) => (id === store.me.user_id ? "You" : store.nameOf(id))).join(", ");
    return h("button", {
      type: "button",
      class: `pill${mine ? " mine" : ""}`,
      "aria-pressed": String(mine),
      "aria-label": `${names} reacted with :${group.name}:, ${group.userIds.length} in all`,
      title: `${names} reacted with :${group.name}:`,
      onclick: () => toggle(api, store, message, group).catch(onError),
    }, h("span", { class: "emoji" }, charactersOf(group.code) || `:${group.name}:`),
    h("span", { class: "count" }, group.userIds.length));
  });
}

let open = null;

function closePicker() {
  open?.remove();
  open = null;
}

document.addEventListener("pointerdown", (event) => {
  if (open && !open.contains(event.target)) closePicker();
});
document.addEventListener("keydown", (event) => {
  if (open && event.key === "Escape") {
    const { opener } = open;
    closePicker();
    opener?.focus();
  }
});

/** Open the small picker beside `opener`; `choose(emoji)` gets what was picked. */
export function openPicker(opener, choose) {
  closePicker();
  const pick = (emoji) => {
    closePicker();
    choose(emoji);
  };
  open = h("div", { class: "picker", role: "dialog", "aria-label": "Choose a reaction" },
    EMOJI.map((emoji) => h("button", {
      type: "button", class: "emoji", "aria-label": emoji.name.replaceAll("_", " "), title: `:${emoji.name}:`,
      onclick: () => pick(emoji),
    }, charactersOf(emoji.code))));
  open.opener = opener;
  open.addEventListener("keydown", moveByArrows);
  document.body.append(open);
  const place = opener.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = open;
  open.style.left = `${Math.max(8, Math.min(place.right - width, innerWidth - width - 8))}px`;
  open.style.top = `${place.bottom + height + 8 > innerHeight ? Math.max(8, place.top - height - 4) : place.bottom + 4}px`;
  open.firstElementChild.focus();
}

function moveByArrows(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8 }[event.key];
  if (!step) return;
  event.preventDefault();
  const buttons = [...event.currentTarget.children];
  const next = buttons.indexOf(document.activeElement) + step;
  buttons[Math.max(0, Math.min(buttons.length - 1, next))].focus();
}
