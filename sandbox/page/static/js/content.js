// The server's HTML becomes part of the page here and nowhere else. It comes sanitised; this only makes it live:
// times in the reader's zone, spoilers that open, emoji as characters, uploads and links that open rightly.

import { h } from "./dom.js";
import { charactersOf } from "./emoji.js";
import { full, moment } from "./format.js";

const policy = window.trustedTypes?.createPolicy("server-html", { createHTML: (html) => html })
  ?? { createHTML: (html) => html };

const LINKED = new Set(["http:", "https:", "mailto:"]);

let spoilers = 0;

function localTimes(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const date = new Date(element.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    element.textContent = moment(date);
    element.title = `${full(date)} (your time)`;
  }
}

function openableSpoilers(root) {
  for (const block of root.querySelectorAll(".spoiler-block")) {
    const header = block.querySelector(".spoiler-header");
    const hidden = block.querySelector(".spoiler-content");
    if (!header || !hidden) continue;
    hidden.id = `spoiler-${++spoilers}`;
    hidden.hidden = true;
    hidden.removeAttribute("aria-hidden");
    const button = h("button", { type: "button", class: "spoiler-button", "aria-expanded": "false",
      "aria-controls": hidden.id });
    button.append(...(header.textContent.trim() ? header.childNodes : ["Spoiler"]));
    button.addEventListener("click", (event) => {
      if (event.target.closest("a")) return;
      hidden.hidden = !hidden.hidden;
      button.setAttribute("aria-expanded", String(!hidden.hidden));
    });
    header.replaceChildren(button);
  }
}

function realEmoji(root) {
  for (const element of root.querySelectorAll("span.emoji")) {
    const code = [...element.classList].find((name) => name.startsWith("emoji-"))?.slice("emoji-".length);
    const characters = code ? charactersOf(code) : "";
    if (characters) element.textContent = characters;
  }
}

function ownMentions(root, me) {
  for (const element of root.querySelectorAll(`.user-mention:not(.silent)[data-user-id="${me}"]`)) element.classList.add("of-me");
}

function addressOf(text) {
  try {
    return new URL(text, location.href);
  } catch {
    return null; // No address at all: then it is no link.
  }
}

const isUpload = (address) => address.origin === location.origin && address.pathname.startsWith("/user_uploads/");

/** What a browser can show opens in a new tab, anything else is saved: the server says which. */
async function openUpload(api, path) {
  h("a", { href: await api.temporaryAddress(path), target: "_blank", rel: "noopener" }).click();
}

/** Names of the page's own elements stay the page's own. */
function withoutNames(root) {
  for (const element of root.querySelectorAll("[id], [name]")) {
    element.removeAttribute("id");
    element.removeAttribute("name");
  }
}

function rightLinks(root, api) {
  for (const link of root.querySelectorAll("a[href]")) {
    const address = addressOf(link.getAttribute("href"));
    if (address === null || !LINKED.has(address.protocol)) {
      link.removeAttribute("href");
    } else if (isUpload(address)) {
      link.classList.add("upload");
      link.addEventListener("click", (event) => {
        event.preventDefault();
        openUpload(api, address.pathname).catch(() => link.classList.add("broken"));
      });
    } else if (address.origin === location.origin && address.hash) {
      link.setAttribute("href", address.hash);
    } else {
      link.target = "_blank";
      link.rel = "noopener noreferrer";
    }
  }
}

/** Images of uploads are fetched by an address made for the moment, since the browser cannot sign the request. */
function uploadedImages(root, api) {
  for (const image of root.querySelectorAll("img")) {
    image.alt ||= image.closest("a")?.title ?? "";
    image.loading = "lazy";
    const source = image.closest("a")?.getAttribute("href") ?? image.getAttribute("src") ?? "";
    const address = addressOf(source);
    if (address === null || !isUpload(address)) continue;
    image.removeAttribute("src");
    api.temporaryAddress(address.pathname).then(
      (found) => image.setAttribute("src", found),
      () => image.closest(".message_inline_image")?.remove(),
    );
  }
}

/** Put a message's HTML, as the server sanitised it, into `element`. */
export function setServerHtml(element, html, { api, me }) {
  // In a template nothing loads and nothing runs while it is being prepared.
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  const root = template.content;
  withoutNames(root);
  localTimes(root);
  openableSpoilers(root);
  realEmoji(root);
  ownMentions(root, me);
  uploadedImages(root, api);
  rightLinks(root, api);
  element.replaceChildren(root);
}
