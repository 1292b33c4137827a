// Keeps the store level with the server: registers a queue, loads, follows the events, and starts over when lost.

import { apply, channelFromServer, EVENT_TYPES, userFromServer } from "./apply.js";
import { banner } from "./dom.js";
import { fromServer } from "./message.js";

const FIRST_LOAD = 1000;
const WAITS = [500, 1000, 2000, 5000];

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function load(api, store) {
  const queue = await api.post("/register", {
    event_types: EVENT_TYPES,
    fetch_event_types: ["subscription", "stream"],
    apply_markdown: true,
    client_gravatar: false,
    client_capabilities: { notification_settings_null: true, bulk_message_deletion: true },
  });
  const [people, own, history] = await Promise.all([
    api.get("/users"),
    api.get("/users/me"),
    api.get("/messages", { anchor: "newest", num_before: FIRST_LOAD, num_after: 0, apply_markdown: true }),
  ]);
  store.me = own;
  store.users = new Map(people.members.map((raw) => [raw.user_id, userFromServer(raw)]));
  store.channels.clear();
  for (const raw of [...(queue.never_subscribed ?? []), ...(queue.unsubscribed ?? []), ...(queue.streams ?? [])]) {
    store.channels.set(raw.stream_id, channelFromServer(raw, false));
  }
  for (const raw of queue.subscriptions ?? []) store.channels.set(raw.stream_id, channelFromServer(raw, true));
  store.clearMessages();
  store.addMessages(history.messages.map((raw) => fromServer(raw)));
  return queue;
}

async function follow(api, store, queue, onEvent) {
  let last = queue.last_event_id;
  for (;;) {
    const answer = await api.get("/events", { queue_id: queue.queue_id, last_event_id: last });
    banner("");
    for (const event of answer.events) {
      last = Math.max(last, event.id);
      apply(store, event);
      onEvent(event);
    }
  }
}

/** Follow the server for as long as the page is open; `onLoad` runs after every (re)load. */
export async function keepLive(api, store, { onLoad, onEvent }) {
  for (let failures = 0; ; ) {
    try {
      const queue = await load(api, store);
      banner("");
      failures = 0;
      onLoad();
      await follow(api, store, queue, onEvent);
    } catch (error) {
      // A lost queue is made anew at once; anything else is tried again, a little later each time.
      if (error.code === "BAD_EVENT_QUEUE_ID") continue;
      banner(error.status === 401
        ? "The server does not accept this account. Reload the page."
        : "No connection to the demo. Is it still running? Trying again …");
      await pause(WAITS[Math.min(failures++, WAITS.length - 1)]);
    }
  }
}
