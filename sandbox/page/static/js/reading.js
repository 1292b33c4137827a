// Tells the server what was read: a message that was in sight of an attentive reader.

const GATHER_MS = 400;

export class Reading {
  #api;
  #store;
  #waiting = new Set();
  #timer = null;
  #watched = new WeakSet();

  constructor(api, store, scroller) {
    this.#api = api;
    this.#store = store;
    this.observer = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) this.#saw(Number(entry.target.dataset.id));
    }, { root: scroller, threshold: 0 });
    document.addEventListener("visibilitychange", () => {
      // What was in sight while the page was hidden is looked at again.
      if (!document.hidden) this.#rewatch(scroller);
    });
  }

  #rewatch(scroller) {
    this.observer.disconnect();
    for (const element of scroller.querySelectorAll(".message.unread")) this.observer.observe(element);
  }

  watch(rows) {
    for (const row of rows) {
      if (this.#watched.has(row.element)) continue;
      this.#watched.add(row.element);
      this.observer.observe(row.element);
    }
  }

  #saw(id) {
    const message = this.#store.messages.get(id);
    if (!message || document.hidden || !this.#store.isUnread(message)) return;
    this.#waiting.add(id);
    this.#timer ??= setTimeout(() => this.#tell(), GATHER_MS);
  }

  async #tell() {
    const messages = [...this.#waiting];
    this.#waiting.clear();
    this.#timer = null;
    this.#store.update(messages, (message) => message.flags.add("read"));
    await this.#api.post("/messages/flags", { messages, op: "add", flag: "read" }).catch(() => {
      // Not told: they count as unread again, until they are seen the next time.
      this.#store.update(messages, (message) => message.flags.delete("read"));
    });
  }
}
