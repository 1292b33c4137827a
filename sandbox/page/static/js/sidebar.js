// The left: feeds, channels with their topics, direct messages; each with what is unread.

import { avatar } from "./avatar.js";
import { h } from "./dom.js";
import { bareTopic, isResolved } from "./message.js";
import { EVERYTHING, everybody, hashOf } from "./narrow.js";

const TOPICS_SHOWN = 8;

function count(number) {
  return number > 0 && h("span", { class: "unread-count", "aria-label": `${number} unread` }, number);
}

/** Per channel its topics, newest first, and per conversation its people; with the number of unread messages. */
function summarise(store) {
  const channels = new Map();
  const conversations = new Map();
  let unread = 0;
  for (const message of store.sorted) {
    const isUnread = store.isUnread(message) ? 1 : 0;
    unread += isUnread;
    if (message.people !== null) {
      const key = message.people.join(",");
      const known = conversations.get(key) ?? { people: message.people, unread: 0 };
      Object.assign(known, { latest: message.id, unread: known.unread + isUnread });
      conversations.set(key, known);
      continue;
    }
    if (!channels.has(message.channelId)) channels.set(message.channelId, new Map());
    const topics = channels.get(message.channelId);
    const key = message.topic.toLowerCase();
    const known = topics.get(key) ?? { unread: 0 };
    topics.set(key, { topic: message.topic, latest: message.id, unread: known.unread + isUnread });
  }
  return { channels, conversations, unread };
}

const total = (topics) => [...topics.values()].reduce((sum, topic) => sum + topic.unread, 0);

export class Sidebar {
  #element;
  #store;
  #join;
  #expanded = new Set();

  /** `join(channel)` subscribes to a channel. */
  constructor(element, store, join) {
    this.#element = element;
    this.#store = store;
    this.#join = join;
  }

  /** Draw; gives the number of unread messages. */
  render(narrow) {
    const summary = summarise(this.#store);
    const others = this.#element.querySelector(".other-channels");
    const drawn = h("nav", {},
      h("ul", { class: "feeds" }, this.#link("all", EVERYTHING, narrow, [h("span", { class: "glyph feed-glyph",
        "aria-hidden": "true" }), h("span", { class: "label" }, "All messages"), count(summary.unread)])),
      h("h2", {}, "Direct messages"),
      h("ul", { class: "people" }, this.#conversations(summary, narrow)),
      h("h2", {}, "Channels"),
      h("ul", { class: "channels" }, this.#channels(summary, narrow)),
      this.#otherChannels(others?.open === true));
    this.#replace(drawn);
    return summary.unread;
  }

  /** Only a real difference is drawn, so that nothing moves under a pointer or loses the focus for nothing. */
  #replace(drawn) {
    const same = this.#element.childElementCount === drawn.childElementCount
      && [...this.#element.children].every((child, index) => child.isEqualNode(drawn.children[index]));
    if (same) return;
    const focused = this.#element.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    const scroll = this.#element.scrollTop;
    this.#element.replaceChildren(...drawn.children);
    this.#element.scrollTop = scroll;
    if (focused !== undefined) this.#element.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  #link(key, target, narrow, content, extra = "") {
    const here = hashOf(target, this.#store);
    const current = here === hashOf(narrow, this.#store);
    return h("li", { class: `${current ? "current " : ""}${extra}` },
      h("a", { href: here, "data-key": key, "aria-current": current && "page" }, content));
  }

  #conversations({ conversations }, narrow) {
    const me = this.#store.me.user_id;
    const list = [...conversations.values()].sort((a, b) => b.latest - a.latest);
    const seen = new Set(list.map((conversation) => conversation.people.join(",")));
    for (const user of [...this.#store.users.values()].sort((a, b) => b.isBot - a.isBot)) {
      const people = everybody({ people: [user.id] }, me);
      if (user.id !== me && user.isActive && !seen.has(people.join(","))) list.push({ people, unread: 0 });
    }
    return list.map(({ people, unread }) => {
      const others = people.filter((id) => id !== me);
      const shown = others.length ? others : people;
      const isBot = this.#store.users.get(shown[0])?.isBot === true;
      return this.#link(`dm ${people}`, { kind: "direct", people: shown }, narrow,
        [avatar(shown[0], this.#store.nameOf(shown[0]), isBot),
          h("span", { class: "label" }, this.#store.conversationName(people)), count(unread)],
        unread ? "has-unread" : "");
    });
  }

  #channels({ channels }, narrow) {
    return [...this.#store.channels.values()].filter((channel) => channel.subscribed)
      .sort((a, b) => a.name.localeCompare(b.name))
      .map((channel) => {
        const topics = channels.get(channel.id) ?? new Map();
        const item = this.#link(`channel ${channel.id}`, { kind: "channel", channelId: channel.id }, narrow,
          [h("span", { class: "glyph", "aria-hidden": "true" }, channel.isPrivate ? "🔒" : "#"),
            h("span", { class: "label" }, channel.name), count(total(topics))],
          `channel hue-${channel.id % 12}`);
        item.append(h("ul", { class: "topics" }, this.#topics(channel, topics, narrow)));
        return item;
      });
  }

  #topics(channel, topics, narrow) {
    const sorted = [...topics.values()].sort((a, b) =>
      isResolved(a.topic) - isResolved(b.topic) || b.latest - a.latest);
    const all = this.#expanded.has(channel.id);
    const shown = sorted.filter((topic, index) => all || index < TOPICS_SHOWN || topic.unread > 0);
    const items = shown.map(({ topic, unread }) => this.#link(`topic ${channel.id} ${topic.toLowerCase()}`,
      { kind: "topic", channelId: channel.id, topic }, narrow,
      [h("span", { class: "tick", "aria-label": isResolved(topic) && "resolved" }, isResolved(topic) && "✔"),
        h("span", { class: "label" }, bareTopic(topic)), count(unread)],
      isResolved(topic) ? "resolved" : ""));
    if (sorted.length > shown.length || (all && sorted.length > TOPICS_SHOWN)) {
      items.push(h("li", {}, h("button", { type: "button", class: "more", "data-key": `more ${channel.id}`, onclick: () => {
        if (all) this.#expanded.delete(channel.id);
        else this.#expanded.add(channel.id);
        this.#store.changed();
      } }, all ? "Fewer topics" : `${sorted.length - shown.length} more topics`)));
    }
    return items;
  }

  #otherChannels(open) {
    const others = [...this.#store.channels.values()].filter((channel) => !channel.subscribed);
    if (!others.length) return h("p", { hidden: true });
    return h("details", { class: "other-channels", open }, h("summary", {}, others.length === 1 ? "1 other channel" : `${others.length} other channels`),
      h("ul", {}, others.map((channel) => h("li", {}, h("span", { class: "label" }, `#${channel.name}`),
        h("button", { type: "button", class: "join", "aria-label": `Join #${channel.name}`,
          onclick: () => this.#join(channel) }, "Join")))));
  }
}
