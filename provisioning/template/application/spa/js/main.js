// Where the page begins: configuration, then signing in or uploading.

import { call, session } from "./api.js";
import { h, show } from "./dom.js";
import { askAddress, followLink } from "./sign-in.js";
import { applyBranding } from "./theme.js";
import { Uploads } from "./uploads.js";

const signOut = document.getElementById("sign-out");

class Page {
  constructor(config) {
    this.branding = config.branding;
    this.fields = config.fields;
    this.maxFileBytes = config.max_file_bytes;
  }

  signedIn() {
    signOut.hidden = false;
    this.uploads ??= new Uploads(this);
    this.uploads.open();
  }

  signedOut(notice = "") {
    session.clear();
    signOut.hidden = true;
    askAddress(this, notice);
  }
}

/** The token out of the address, which is removed from the address bar and the history at once. */
function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  return token;
}

async function begin() {
  const token = takeToken();
  let config;
  try {
    config = await call("GET", "config");
  } catch (error) {
    const again = h("button", { type: "button", onclick: () => location.reload() }, "Try again");
    show(h("section", { class: "card" }, h("h1", {}, "Not available right now"), h("p", {}, error.message), again));
    return;
  }
  applyBranding(config.branding);
  const page = new Page(config);
  signOut.addEventListener("click", async () => {
    await call("POST", "sign-out").catch(() => null);
    page.uploads = null;
    page.signedOut();
  });
  // A link that is opened while the page is open changes only the part after #.
  window.addEventListener("hashchange", () => {
    const fresh = takeToken();
    if (fresh) followLink(page, fresh);
  });
  if (token) followLink(page, token);
  else if (session.get()) page.signedIn();
  else askAddress(page);
}

begin();
