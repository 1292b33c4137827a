// Where the chat page starts: who one is, the server, and the parts wired together.

import { Api } from "./api.js";
import { Chat } from "./chat.js";
import { banner, h } from "./dom.js";
import { keepLive } from "./live.js";
import { chosenPerson, drawPeople } from "./people.js";
import { Store } from "./store.js";

const byId = (id) => document.getElementById(id);

function menuAndDialog(chat, demo) {
  const menu = byId("menu");
  const openMenu = (yes) => {
    document.body.classList.toggle("menu-open", yes);
    menu.setAttribute("aria-expanded", String(yes));
  };
  menu.addEventListener("click", () => openMenu(!document.body.classList.contains("menu-open")));
  byId("scrim").addEventListener("click", () => openMenu(false));
  byId("sidebar").addEventListener("click", (event) => event.target.closest("a") && openMenu(false));
  document.querySelector("[data-skip]").addEventListener("click", (event) => {
    event.preventDefault();
    chat.compose.focus();
  });
  byId("try-open").addEventListener("click", () => byId("try").showModal());
  for (const button of document.querySelectorAll(".try-command")) {
    button.textContent = `@${demo.bot.full_name} ${button.dataset.command}`;
    button.addEventListener("click", () => {
      byId("try").close();
      chat.writeAtHome(`@**${demo.bot.full_name}** ${button.dataset.command}`);
    });
  }
}

/** `c` or `r` goes to the box, as in Zulip, unless one is writing somewhere. */
function shortcuts(chat) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
    if (event.key === "c" || event.key === "r") {
      event.preventDefault();
      chat.compose.focus();
    } else if (event.key === "End") chat.list.toBottom();
  });
}

async function start() {
  const answer = await fetch("/demo/accounts.json");
  if (!answer.ok) throw new Error(`The demo answered ${answer.status}.`);
  const demo = await answer.json();
  const person = chosenPerson(demo.people);
  drawPeople(byId("who"), demo.people, person);
  for (const [name, href] of Object.entries(demo.links)) {
    byId("toplinks").append(h("a", { class: "toplink", href, target: "_blank", rel: "noopener" }, name));
  }
  const api = new Api(person);
  const store = new Store();
  const chat = new Chat(api, store, demo.home);
  menuAndDialog(chat, demo);
  shortcuts(chat);
  await keepLive(api, store, { onLoad: () => chat.loaded(), onEvent: (event) => chat.onEvent(event) });
}

start().catch((error) => banner(`The page could not start: ${error.message} Reload it when the demo is running.`));
