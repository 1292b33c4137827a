// The box at the bottom: Enter sends, Shift+Enter starts a line; files by button, drop or paste.

import { h } from "./dom.js";
import { NoRecipient, Recipient } from "./recipient.js";
import { Typeahead } from "./typeahead.js";

const TALLEST_PX = 320;

export class Compose {
  #form;
  #context;
  #uploads = 0;

  /** `context`: api, store, send(narrow, content), onError(error). */
  constructor(form, context) {
    this.#form = form;
    this.#context = context;
    this.recipient = new Recipient(context.store);
    this.box = h("textarea", { id: "compose-box", rows: 1, "aria-label": "Message", placeholder: "Write a message …",
      maxlength: 10000 });
    this.status = h("p", { class: "compose-status", role: "status", hidden: true });
    const names = h("ul", { class: "typeahead", id: "names", role: "listbox", "aria-label": "Suggestions", hidden: true });
    this.typeahead = new Typeahead(this.box, names, context.store);
    this.file = h("input", { type: "file", multiple: true, hidden: true, "aria-label": "Files to attach" });
    this.sendButton = h("button", { type: "submit", class: "send" }, "Send");
    form.append(this.recipient.element, h("div", { class: "box" }, names, this.box,
      h("div", { class: "tools" },
        h("button", { type: "button", class: "icon-button", "aria-label": "Attach files", title: "Attach files",
          onclick: () => this.file.click() }, h("span", { class: "clip", "aria-hidden": "true" })),
        h("button", { type: "button", class: "icon-button", "aria-label": "Mention somebody", title: "Mention somebody",
          onclick: () => this.#startMention() }, "@"),
        h("span", { class: "enter-hint", "aria-hidden": "true" }, "Enter sends · Shift+Enter new line"),
        this.sendButton)), this.status, this.file);
    this.#listen();
  }

  /** Point at what is shown, unless something is being written: that keeps its recipient, as in Zulip. */
  follow(narrow) {
    if (this.box.value.trim()) this.recipient.refresh();
    else this.recipient.follow(narrow);
    this.#say("");
  }

  focus() {
    this.box.focus();
  }

  /** Put text for a place into the box, ready to be sent. */
  prefill(narrow, text) {
    this.recipient.follow(narrow);
    this.box.value = text;
    this.#fit();
    this.box.focus();
  }

  /** Say something below the box for a while; an empty text takes it back. */
  notice(text, milliseconds) {
    this.#say(text);
    clearTimeout(this.noticeTimer);
    this.noticeTimer = setTimeout(() => this.status.textContent === text && this.#say(""), milliseconds);
  }

  #listen() {
    this.box.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (this.typeahead.key(event)) event.preventDefault();
      else if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        this.#send();
      } else if (event.key === "Escape") this.box.blur();
    });
    this.box.addEventListener("input", () => this.#fit());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.file.addEventListener("change", () => {
      this.#attach([...this.file.files]);
      this.file.value = "";
    });
    this.box.addEventListener("paste", (event) => {
      if (!event.clipboardData.files.length) return;
      event.preventDefault();
      this.#attach([...event.clipboardData.files]);
    });
    this.#form.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.#form.classList.add("dropping");
    });
    this.#form.addEventListener("dragleave", () => this.#form.classList.remove("dropping"));
    this.#form.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#form.classList.remove("dropping");
      this.#attach([...event.dataTransfer.files]);
    });
  }

  #startMention() {
    const { selectionStart: at, value } = this.box;
    this.box.focus();
    this.box.setRangeText(at === 0 || /\s$/.test(value.slice(0, at)) ? "@" : " @", at, this.box.selectionEnd, "end");
    this.#fit();
    this.typeahead.look();
  }

  async #send() {
    const content = this.box.value.trim();
    if (!content) return;
    if (this.#uploads > 0) {
      this.#say("A file is still being uploaded. Send when it is there.");
      return;
    }
    this.sendButton.disabled = true;
    try {
      const narrow = this.recipient.narrow;
      const written = this.box.value;
      this.box.value = "";
      this.#fit();
      this.#say("");
      await this.#context.send(narrow, content).catch((error) => {
        this.box.value ||= written;
        this.#fit();
        throw error;
      });
    } catch (error) {
      if (error instanceof NoRecipient) this.#say(error.message);
      else this.#say(`Not sent: ${error.message}`);
    } finally {
      this.sendButton.disabled = false;
    }
  }

  async #attach(files) {
    for (const file of files) {
      const name = file.name.replace(/[[\]\\`\n\r]/g, "_") || "file";
      const waiting = `[Uploading ${name} …]()`;
      this.#insert(waiting);
      this.#uploads += 1;
      try {
        const address = await this.#context.api.upload(file);
        this.#replace(waiting, `[${name}](${address})`);
      } catch (error) {
        this.#replace(waiting, "");
        this.#say(`${name} was not uploaded: ${error.message}`);
      } finally {
        this.#uploads -= 1;
      }
    }
    this.box.focus();
  }

  #insert(text) {
    const before = this.box.value.slice(0, this.box.selectionStart);
    const gap = before && !/\s$/.test(before) ? "\n" : "";
    this.box.setRangeText(`${gap}${text}\n`, this.box.selectionStart, this.box.selectionEnd, "end");
    this.#fit();
  }

  #replace(text, other) {
    this.box.value = this.box.value.replace(text, () => other);
    this.#fit();
  }

  #say(text) {
    this.status.textContent = text;
    this.status.hidden = text === "";
  }

  #fit() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, TALLEST_PX)}px`;
  }
}
