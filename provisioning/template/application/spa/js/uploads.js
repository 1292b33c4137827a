// Choosing files, watching them go, seeing what arrived.

import { call, session } from "./api.js";
import { announce, h, moment, problem, show, size } from "./dom.js";
import { Transfer } from "./transfer.js";

const FILES_AT_ONCE = 2;
const RENEW_EVERY = 60_000;
const RENEW_BEFORE = 20 * 60_000;
const ARROW = "M12 3l6 6-1.4 1.4L13 6.8V16h-2V6.8L7.4 10.4 6 9l6-6zM4 18h16v2H4z";

function arrow() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ARROW);
  svg.append(path);
  return svg;
}

/** The upload page of someone who has signed in. */
export class Uploads {
  #page;
  #running = 0;
  #waiting = [];
  #queue = h("ul", { class: "files", "aria-label": "Files being sent" });
  #list = h("ul", { class: "files", "aria-label": "Your uploads" });
  #sending = h("section", { class: "card", hidden: true }, h("h2", {}, "Being sent"));
  #answers = new Map();
  #trouble = problem();

  constructor(page) {
    this.#page = page;
    this.#sending.append(this.#queue);
    window.addEventListener("beforeunload", (event) => {
      if (this.#running) event.preventDefault();
    });
    setInterval(() => this.#renew(), RENEW_EVERY);
  }

  /** Shows the page. */
  async open() {
    show(this.#chooser(), this.#sending, h("section", { class: "card" }, h("h2", {}, "Arrived"), this.#list));
    await this.refresh();
  }

  /** Asks again what has arrived. */
  async refresh() {
    try {
      const { uploads } = await call("GET", "uploads");
      const none = h("li", { class: "facts" }, "Nothing yet. What you upload is listed here.");
      this.#list.replaceChildren(...(uploads.length ? uploads.map(arrived) : [none]));
    } catch (error) {
      if (error.signedOut) this.#page.signedOut(error.message);
      else this.#trouble.say(error.message);
    }
  }

  /** A session must not end in the middle of a large file. */
  async #renew() {
    if (!this.#running || session.left() > RENEW_BEFORE) return;
    await call("POST", "sign-in/renew").then((fresh) => session.set(fresh)).catch(() => null);
  }

  /** Lets a few files go at a time; the others wait for their turn. */
  async #turn() {
    if (this.#running >= FILES_AT_ONCE) await new Promise((go) => { this.#waiting.push(go); });
    this.#running += 1;
  }

  #chooser() {
    const input = h("input", { id: "files", type: "file", multiple: true, class: "hidden", onchange: () => {
      this.#take([...input.files]);
      input.value = "";
    } });
    const limit = size(this.#page.maxFileBytes);
    const drop = h(
      "label",
      { class: "drop", for: "files" },
      arrow(),
      h("span", {}, "Drop files here, or ", h("span", { class: "pick" }, "choose files")),
      h("span", { class: "hint" }, `Up to ${limit} each`),
      input,
    );
    for (const name of ["dragenter", "dragover"]) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.add("over");
      });
    }
    for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#take([...event.dataTransfer.files]);
    });
    return h(
      "section",
      { class: "card" },
      h("h1", { tabindex: "-1", "data-focus": true }, "Upload files"),
      this.#page.branding.welcome_text && h("p", { class: "welcome" }, this.#page.branding.welcome_text),
      h("form", { onsubmit: (event) => event.preventDefault() }, ...this.#questions(), drop, this.#trouble.element),
    );
  }

  #questions() {
    return this.#page.fields.map((field, index) => {
      const input = h("input", { id: `field-${index}`, type: "text", maxlength: "1000", required: field.required });
      this.#answers.set(field.name, input);
      const note = field.required ? "" : " (optional)";
      return h("div", { class: "field" }, h("label", { for: `field-${index}` }, field.title + note), input);
    });
  }

  #take(files) {
    this.#trouble.say("");
    const open = [...this.#answers.values()].find((input) => !input.reportValidity());
    if (open) {
      this.#trouble.say("Please answer the questions above, then choose the files again.");
      open.focus();
      return;
    }
    const answers = Object.fromEntries([...this.#answers].map(([name, input]) => [name, input.value]));
    for (const file of files) this.#send(new Transfer(file, answers));
  }

  /** Takes a file off the list of those being sent. */
  #drop(item) {
    item.remove();
    this.#sending.hidden = !this.#queue.children.length;
  }

  #send(transfer) {
    const { file } = transfer;
    const bar = h("progress", { max: String(file.size || 1), value: "0", "aria-label": `Progress of ${file.name}` });
    const facts = h("span", { class: "facts" }, "Waiting");
    const retry = h("button", { type: "button", class: "quiet small", hidden: true, onclick: () => run() }, "Try again");
    const cancel = h("button", {
      type: "button", class: "quiet small", "aria-label": `Cancel ${file.name}`, onclick: () => {
        transfer.cancel();
        this.#drop(item);
      },
    }, "Cancel");
    const row = h("div", { class: "row" }, h("span", { class: "file-name" }, file.name), facts);
    const item = h("li", {}, row, bar, h("div", { class: "buttons" }, retry, cancel));
    this.#queue.append(item);
    this.#sending.hidden = false;
    transfer.onprogress = (sent) => {
      bar.value = sent;
      facts.textContent = sent < file.size ? `${size(sent)} of ${size(file.size)}` : "Checking…";
    };
    const run = async () => {
      retry.hidden = true;
      facts.className = "facts";
      facts.textContent = "Waiting";
      await this.#turn();
      facts.textContent = "Starting";
      announce(`Sending ${file.name}`);
      try {
        await transfer.run();
        this.#drop(item);
        announce(`${file.name} has arrived and was checked`);
        await this.refresh();
      } catch (error) {
        if (error.code === "cancelled") {
          announce(`${file.name} was cancelled`);
          return;
        }
        facts.className = "facts bad";
        facts.textContent = error.message;
        announce(`${file.name} was not sent: ${error.message}`);
        retry.hidden = false;
        if (error.signedOut) this.#page.signedOut(error.message);
      } finally {
        this.#running -= 1;
        this.#waiting.shift()?.();
      }
    };
    run();
  }
}

/** One line of what has arrived. */
function arrived(upload) {
  return h(
    "li",
    {},
    h(
      "div",
      { class: "row" },
      h("span", { class: "file-name" }, upload.file_name),
      h("span", { class: "facts" }, size(upload.size), " · ", moment(upload.completed_at)),
    ),
    h(
      "div",
      {},
      h("span", { class: "facts good" }, "✓ Arrived and checked "),
      h("span", { class: "sum", title: "SHA-256 over the SHA-256 of each part" }, `SHA-256 ${upload.sha256}`),
    ),
  );
}
