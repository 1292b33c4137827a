// A message as the page keeps it, made from what the server sends; the only place that knows both shapes.

export const RESOLVED = "✔ ";

/** Whether the server's message was edited in its text (a topic change is no edit of the text). */
function wasEdited(raw) {
  if (Array.isArray(raw.edit_history)) {
    return raw.edit_history.some((edit) => edit.prev_content !== undefined || edit.prev_rendered_content !== undefined);
  }
  return raw.last_edit_timestamp !== undefined && raw.last_edit_timestamp !== null;
}

/** The form (zform) that a message carries, or null. */
function formOf(submessages) {
  for (const submessage of submessages ?? []) {
    if (submessage.msg_type !== "widget") continue;
    try {
      const { widget_type: type, extra_data: data } = JSON.parse(submessage.content);
      if (type === "zform" && data?.type === "choices" && Array.isArray(data.choices)) return data;
    } catch {
      return null; // Not JSON: then it is no form, and the message's text is shown.
    }
  }
  return null;
}

/** Message from the server's; `flags` come beside it in events and inside it in lists. */
export function fromServer(raw, flags = raw.flags ?? []) {
  const direct = raw.type === "private";
  return {
    id: raw.id,
    senderId: raw.sender_id,
    senderName: raw.sender_full_name,
    senderEmail: raw.sender_email,
    time: raw.timestamp,
    html: raw.content,
    isMe: raw.is_me_message === true,
    channelId: direct ? null : raw.stream_id,
    topic: direct ? null : raw.subject,
    // Everybody in a direct conversation, oneself among them; ids in order, so that equal means same.
    people: direct ? raw.display_recipient.map((person) => person.id).sort((a, b) => a - b) : null,
    flags: new Set(flags),
    reactions: (raw.reactions ?? []).map(reactionFromServer),
    edited: wasEdited(raw),
    form: formOf(raw.submessages),
  };
}

export function reactionFromServer(raw) {
  return {
    userId: raw.user_id ?? raw.user?.user_id ?? raw.user?.id,
    name: raw.emoji_name,
    code: raw.emoji_code,
    type: raw.reaction_type ?? "unicode_emoji",
  };
}

export const isResolved = (topic) => topic.startsWith(RESOLVED);
export const bareTopic = (topic) => (isResolved(topic) ? topic.slice(RESOLVED.length) : topic);
