// What the page knows: people, channels, messages. Tells its listeners once after every batch of changes.

export class Store extends EventTarget {
  me = null;
  users = new Map();
  channels = new Map();
  messages = new Map();
  #sorted = null;
  #announced = false;

  /** All messages, oldest first. */
  get sorted() {
    this.#sorted ??= [...this.messages.values()].sort((a, b) => a.id - b.id);
    return this.#sorted;
  }

  addMessages(messages) {
    for (const message of messages) this.messages.set(message.id, message);
    this.#sorted = null;
    this.changed();
  }

  removeMessages(ids) {
    for (const id of ids) this.messages.delete(id);
    this.#sorted = null;
    this.changed();
  }

  clearMessages() {
    this.messages.clear();
    this.#sorted = null;
  }

  /** Change some messages in place: `change(message)` for each known id. */
  update(ids, change) {
    for (const id of ids) {
      const message = this.messages.get(id);
      if (message) change(message);
    }
    this.changed();
  }

  /** Something was changed; listeners hear of it once, after the running task. */
  changed() {
    if (this.#announced) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      this.dispatchEvent(new Event("change"));
    });
  }

  nameOf(userId) {
    return this.users.get(userId)?.name ?? `Person ${userId}`;
  }

  channelName(channelId) {
    return this.channels.get(channelId)?.name ?? `channel ${channelId}`;
  }

  /** `@**Name**`, with the id where two people share the name. */
  mentionOf(userId) {
    const name = this.nameOf(userId);
    const same = [...this.users.values()].filter((user) => user.name === name);
    return same.length > 1 ? `@**${name}|${userId}**` : `@**${name}**`;
  }

  /** The names of the others in a direct conversation (or one's own, alone). */
  conversationName(people) {
    const others = people.filter((id) => id !== this.me.user_id);
    return (others.length ? others : people).map((id) => this.nameOf(id)).join(", ");
  }

  isUnread(message) {
    return !message.flags.has("read") && message.senderId !== this.me.user_id;
  }
}
