// The chat as a whole: what is shown where, and what a click, a key or a server event leads to.

import { drawNarrowBar, narrowName } from "./narrowbar.js";
import { editMessage } from "./edit.js";
import { Compose } from "./compose.js";
import { fromServer } from "./message.js";
import { everybody, hashOf, matcher, operators, parse } from "./narrow.js";
import { MessageList } from "./messages.js";
import { Reading } from "./reading.js";
import { Sidebar } from "./sidebar.js";

const PAGE = 100;
const NOTICE_MS = 6000;
const FIRST_TOPIC = "my first STUF";

const byId = (id) => document.getElementById(id);

export class Chat {
  #api;
  #store;
  #home;
  #narrow = null;
  // By narrow, whether the server has older messages than were fetched.
  #loaded = new Map();

  constructor(api, store, home) {
    this.#api = api;
    this.#store = store;
    this.#home = home;
    const context = {
      api,
      store,
      send: (narrow, content) => this.#send(narrow, content),
      onError: (error) => this.#notice(error.message),
      onEdit: (row) => editMessage(row, context).catch(context.onError),
      loadOlder: (narrow, before) => this.#load(narrow, before),
    };
    this.context = context;
    this.list = new MessageList(byId("messages"), byId("scroller"), context);
    this.sidebar = new Sidebar(byId("sidebar"), store, (channel) => this.#join(channel));
    this.reading = new Reading(api, store, byId("scroller"));
    this.compose = new Compose(byId("compose"), context);
    store.addEventListener("change", () => this.#draw());
    addEventListener("hashchange", () => this.#go());
  }

  /** Everything was loaded, for the first time or again. */
  loaded() {
    this.list.reset();
    this.#loaded.clear();
    if (this.#narrow === null) this.compose.follow(this.#homeNarrow());
    if (!location.hash) history.replaceState(null, "", hashOf(this.#homeNarrow(), this.#store));
    this.#go();
    document.body.dataset.ready = "true";
  }

  /** Show the channel that the demo starts with, with a text ready to be sent there. */
  writeAtHome(text) {
    const home = this.#homeNarrow();
    location.hash = hashOf(home, this.#store);
    this.compose.prefill({ ...home, topic: FIRST_TOPIC }, text);
  }

  onEvent(event) {
    if (event.type === "update_message") this.#followTopic(event);
    if (event.type === "message") this.#announce(fromServer(event.message, event.flags));
    if (event.type === "typing") this.#typing(event);
  }

  #homeNarrow() {
    const channel = [...this.#store.channels.values()].find((known) => known.name === this.#home && known.subscribed);
    return channel ? { kind: "channel", channelId: channel.id } : { kind: "all" };
  }

  #go() {
    this.#narrow = parse(location.hash);
    document.body.classList.remove("menu-open");
    byId("menu").setAttribute("aria-expanded", "false");
    this.compose.follow(this.#narrow);
    this.list.show(this.#narrow);
    this.#draw();
    const key = hashOf(this.#narrow, this.#store);
    if (this.#loaded.has(key)) this.list.hasOlder = this.#loaded.get(key);
    else this.#load(this.#narrow).catch(this.context.onError);
  }

  #draw() {
    if (this.#narrow === null) return;
    const unread = this.sidebar.render(this.#narrow);
    drawNarrowBar(byId("narrow-bar"), this.#narrow, this.context);
    this.list.render();
    this.reading.watch(this.list.visibleRows);
    this.compose.recipient.refresh();
    document.title = `${unread ? `(${unread}) ` : ""}${narrowName(this.#narrow, this.#store)} · STUF demo`;
  }

  /** Fetch messages of a narrow: the newest, or those before an id. */
  async #load(narrow, before) {
    const answer = await this.#api.get("/messages", {
      anchor: before ?? "newest",
      num_before: PAGE,
      num_after: 0,
      apply_markdown: true,
      narrow: operators(narrow),
    });
    const unknown = answer.messages.filter((raw) => !this.#store.messages.has(raw.id));
    if (unknown.length) this.#store.addMessages(unknown.map((raw) => fromServer(raw)));
    const key = hashOf(narrow, this.#store);
    this.#loaded.set(key, answer.found_oldest !== true);
    if (key === hashOf(this.#narrow, this.#store)) this.list.hasOlder = this.#loaded.get(key);
  }

  async #send(narrow, content) {
    const to = narrow.kind === "direct"
      ? { type: "direct", to: everybody(narrow, this.#store.me.user_id) }
      : { type: "stream", to: narrow.channelId, topic: narrow.topic };
    const shown = this.#narrow;
    await this.#api.post("/messages", { ...to, content });
    const pretend = narrow.kind === "direct"
      ? { people: everybody(narrow, this.#store.me.user_id), channelId: null }
      : { people: null, channelId: narrow.channelId, topic: narrow.topic };
    if (shown === this.#narrow && !matcher(shown, this.#store.me.user_id)(pretend)) {
      location.hash = hashOf(narrow, this.#store);
    }
    this.list.toBottom();
  }

  async #join(channel) {
    await this.#api.post("/users/me/subscriptions", { subscriptions: [{ name: channel.name }] })
      .catch(this.context.onError);
    location.hash = hashOf({ kind: "channel", channelId: channel.id }, this.#store);
  }

  /** Stay with a topic that is renamed or resolved while one is looking at it. */
  #followTopic(event) {
    const narrow = this.#narrow;
    if (narrow?.kind !== "topic" || event.orig_subject === undefined || event.propagate_mode === "change_one") return;
    if (event.stream_id !== narrow.channelId || event.orig_subject.toLowerCase() !== narrow.topic.toLowerCase()) return;
    const moved = { ...narrow, channelId: event.new_stream_id ?? narrow.channelId, topic: event.subject ?? narrow.topic };
    location.replace(hashOf(moved, this.#store));
  }

  #announce(message) {
    const shown = this.#narrow !== null && matcher(this.#narrow, this.#store.me.user_id)(message);
    if (!shown || message.senderId === this.#store.me.user_id) return;
    // Said to screen readers once it is drawn: what is on the page, not what came as HTML.
    setTimeout(() => {
      const body = byId("messages").querySelector(`[data-id="${message.id}"] .message-content`);
      byId("announce").textContent = `${message.senderName}: ${body?.textContent ?? ""}`;
    });
  }

  /** "… is typing" in the place that is shown. */
  #typing(event) {
    const people = event.recipients?.map((person) => person.user_id).sort((a, b) => a - b) ?? null;
    const place = { people, channelId: event.stream_id ?? null, topic: event.topic ?? "" };
    if (event.sender.user_id === this.#store.me.user_id) return;
    if (!matcher(this.#narrow, this.#store.me.user_id)(place)) return;
    this.#notice(event.op === "start" ? `${this.#store.nameOf(event.sender.user_id)} is typing …` : "");
  }

  #notice(text) {
    this.compose.notice(text, NOTICE_MS);
  }
}
