// The line above the messages: where one is, and the topic's tick.

import { h } from "./dom.js";
import { bareTopic, isResolved, RESOLVED } from "./message.js";
import { hashOf, matcher } from "./narrow.js";

function resolveButton(narrow, { store, api, onError }) {
  const newest = store.sorted.findLast(matcher(narrow, store.me.user_id));
  if (!newest) return null;
  const resolved = isResolved(narrow.topic);
  const label = resolved ? "Mark as unresolved" : "Mark as resolved";
  return h("button", { type: "button", class: `resolve${resolved ? " resolved" : ""}`, title: label,
    "aria-label": label, onclick: () => api.patch(`/messages/${newest.id}`, {
      topic: resolved ? bareTopic(narrow.topic) : RESOLVED + narrow.topic,
      propagate_mode: "change_all",
      send_notification_to_old_thread: false,
      send_notification_to_new_thread: true,
    }).catch(onError) }, "✔");
}

function title(narrow, context) {
  const { store } = context;
  if (narrow.kind === "all") return [h("h1", {}, h("span", { class: "glyph feed-glyph", "aria-hidden": "true" }), "All messages")];
  if (narrow.kind === "direct") {
    return [h("h1", {}, h("span", { class: "glyph", "aria-hidden": "true" }, "✉"), store.conversationName(narrow.people))];
  }
  const channel = store.channels.get(narrow.channelId);
  const place = hashOf({ kind: "channel", channelId: narrow.channelId }, store);
  const heading = h("h1", { class: `hue-${narrow.channelId % 12}` },
    h("span", { class: "glyph", "aria-hidden": "true" }, "#"), h("a", { href: place }, store.channelName(narrow.channelId)));
  if (narrow.kind === "channel") return [heading, h("span", { class: "about" }, channel?.description ?? "")];
  heading.append(h("span", { class: "chevron", "aria-hidden": "true" }, "›"),
    h("span", { class: "topic-name" }, bareTopic(narrow.topic)));
  return [heading, resolveButton(narrow, context)];
}

export function drawNarrowBar(element, narrow, context) {
  element.replaceChildren(...title(narrow, context).filter(Boolean));
}

/** The narrow in words, for the window's title. */
export function narrowName(narrow, store) {
  if (narrow.kind === "all") return "All messages";
  if (narrow.kind === "direct") return store.conversationName(narrow.people);
  const channel = `#${store.channelName(narrow.channelId)}`;
  return narrow.kind === "channel" ? channel : `${channel} › ${narrow.topic}`;
}
