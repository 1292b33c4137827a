// One server event, applied to the store. Unknown events change nothing.

import { fromServer, reactionFromServer } from "./message.js";

const sameReaction = (a, b) => a.userId === b.userId && a.code === b.code && a.type === b.type;

function applyUpdate(store, event) {
  const ids = event.message_ids ?? [event.message_id];
  if (event.subject !== undefined || event.new_stream_id !== undefined) {
    store.update(ids, (message) => {
      if (event.subject !== undefined) message.topic = event.subject;
      if (event.new_stream_id !== undefined) message.channelId = event.new_stream_id;
    });
  }
  if (event.rendered_content !== undefined) {
    store.update([event.message_id], (message) => {
      message.html = event.rendered_content;
      message.edited ||= event.rendering_only !== true;
      for (const flag of ["mentioned", "stream_wildcard_mentioned"]) {
        if (event.flags?.includes(flag)) message.flags.add(flag);
      }
    });
  }
}

function applyReaction(store, event) {
  const reaction = reactionFromServer(event);
  store.update([event.message_id], (message) => {
    const others = message.reactions.filter((known) => !sameReaction(known, reaction));
    message.reactions = event.op === "add" ? [...others, reaction] : others;
  });
}

function applyFlags(store, event) {
  const known = event.all === true ? [...store.messages.keys()] : event.messages;
  store.update(known, (message) => {
    if ((event.op ?? event.operation) === "add") message.flags.add(event.flag);
    else message.flags.delete(event.flag);
  });
}

export function channelFromServer(raw, subscribed) {
  return {
    id: raw.stream_id,
    name: raw.name,
    description: raw.description ?? "",
    colour: raw.color ?? null,
    isPrivate: raw.invite_only === true,
    subscribed,
  };
}

export function userFromServer(raw) {
  return {
    id: raw.user_id,
    name: raw.full_name,
    email: raw.delivery_email ?? raw.email,
    isBot: raw.is_bot === true,
    isActive: raw.is_active !== false,
  };
}

function applySubscription(store, event) {
  if (event.op === "add") {
    for (const raw of event.subscriptions) store.channels.set(raw.stream_id, channelFromServer(raw, true));
  } else if (event.op === "remove") {
    for (const raw of event.subscriptions) {
      const channel = store.channels.get(raw.stream_id);
      if (channel) channel.subscribed = false;
    }
  }
}

function applyChannel(store, event) {
  if (event.op === "create") {
    for (const raw of event.streams) {
      if (!store.channels.has(raw.stream_id)) store.channels.set(raw.stream_id, channelFromServer(raw, false));
    }
  } else if (event.op === "delete") {
    for (const id of event.stream_ids ?? event.streams.map((raw) => raw.stream_id)) store.channels.delete(id);
  } else if (event.op === "update") {
    const channel = store.channels.get(event.stream_id);
    if (channel && ["name", "description"].includes(event.property)) channel[event.property] = event.value;
  }
}

function applyUser(store, event) {
  if (event.op === "add") store.users.set(event.person.user_id, userFromServer(event.person));
  const user = store.users.get(event.person.user_id);
  if (event.op === "update" && user && event.person.full_name !== undefined) user.name = event.person.full_name;
  if (event.op === "update" && user && event.person.is_active !== undefined) user.isActive = event.person.is_active;
}

const APPLY = {
  message: (store, event) => store.addMessages([fromServer(event.message, event.flags)]),
  update_message: applyUpdate,
  delete_message: (store, event) => store.removeMessages(event.message_ids ?? [event.message_id]),
  reaction: applyReaction,
  update_message_flags: applyFlags,
  subscription: applySubscription,
  stream: applyChannel,
  realm_user: applyUser,
};

/** The kinds of events to ask the server for. */
export const EVENT_TYPES = [...Object.keys(APPLY), "typing"];

export function apply(store, event) {
  APPLY[event.type]?.(store, event);
  store.changed();
}
