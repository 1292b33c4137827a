// Which part of the conversation is shown. Written into the address as Zulip's web client writes it, so that
// links in messages (`/#narrow/channel/4-stuf-admin/topic/a.20topic`) work here as well.

const encode = (text) =>
  encodeURIComponent(text).replace(/[.()*'!~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%", ".");

function decode(text) {
  try {
    return decodeURIComponent(text.replaceAll(".", "%"));
  } catch {
    return text;
  }
}

export const EVERYTHING = Object.freeze({ kind: "all" });

/** Narrow from a location hash; what is not understood shows everything. */
export function parse(hash) {
  const parts = hash.replace(/^#/, "").split("/");
  if (parts[0] !== "narrow") return EVERYTHING;
  const terms = new Map();
  for (let i = 1; i + 1 < parts.length; i += 2) terms.set(parts[i], parts[i + 1]);
  const channel = terms.get("channel") ?? terms.get("stream");
  const near = Number.parseInt(terms.get("near") ?? terms.get("with"), 10) || null;
  if (channel !== undefined) {
    const channelId = Number.parseInt(channel, 10);
    if (Number.isNaN(channelId)) return EVERYTHING;
    if (!terms.has("topic")) return { kind: "channel", channelId, near };
    return { kind: "topic", channelId, topic: decode(terms.get("topic")), near };
  }
  const direct = terms.get("dm") ?? terms.get("pm-with");
  if (direct !== undefined) {
    const people = direct.split("-")[0].split(",").map(Number).filter(Number.isInteger);
    if (people.length) return { kind: "direct", people, near };
  }
  return EVERYTHING;
}

/** The hash for a narrow; `store` gives the readable names in it. */
export function hashOf(narrow, store) {
  if (narrow.kind === "direct") return `#narrow/dm/${narrow.people.join(",")}-dm`;
  if (narrow.kind === "all") return "#feed";
  const channel = `${narrow.channelId}-${encode(store.channelName(narrow.channelId).replaceAll(" ", "-"))}`;
  return narrow.kind === "channel"
    ? `#narrow/channel/${channel}`
    : `#narrow/channel/${channel}/topic/${encode(narrow.topic)}`;
}

/** Everybody in a direct narrow, oneself included, in order: as messages keep it. */
export function everybody(narrow, me) {
  return [...new Set([...narrow.people, me])].sort((a, b) => a - b);
}

/** The narrow that a message belongs to: its topic or its direct conversation. */
export function narrowOf(message, me) {
  if (message.people === null) return { kind: "topic", channelId: message.channelId, topic: message.topic };
  const others = message.people.filter((id) => id !== me);
  return { kind: "direct", people: others.length ? others : message.people };
}

/** A predicate on messages. Topics are compared as Zulip does, without case. */
export function matcher(narrow, me) {
  if (narrow.kind === "channel") return (message) => message.channelId === narrow.channelId;
  if (narrow.kind === "topic") {
    const topic = narrow.topic.toLowerCase();
    return (message) => message.channelId === narrow.channelId && message.topic.toLowerCase() === topic;
  }
  if (narrow.kind === "direct") {
    const people = everybody(narrow, me).join(",");
    return (message) => message.people !== null && message.people.join(",") === people;
  }
  return () => true;
}

/** The narrow in the form of the server's `GET /messages`. */
export function operators(narrow) {
  if (narrow.kind === "direct") return [{ operator: "dm", operand: narrow.people }];
  if (narrow.kind === "all") return [];
  const channel = { operator: "channel", operand: narrow.channelId };
  return narrow.kind === "channel" ? [channel] : [channel, { operator: "topic", operand: narrow.topic }];
}
