"use strict";

// Times in the reader's own zone.
function localTimes() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    time.textContent = new Date(time.dateTime).toLocaleString();
  }
}

// Who acts is remembered from page to page.
function rememberWho() {
  const who = document.querySelector("select[name=by]");
  if (!who) return;
  const known = sessionStorage.getItem("by");
  if (known && [...who.options].some((option) => option.value === known)) who.value = known;
  who.addEventListener("change", () => sessionStorage.setItem("by", who.value));
}

// Lists are fetched again while somebody looks; a page with a form stays as it is.
async function refresh() {
  const main = document.getElementById("main");
  if (main.querySelector("form")) return;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
    main.replaceChildren(...next.childNodes);
    localTimes();
  } catch {
    // The server is away for a moment: try again.
  }
  setTimeout(refresh, Number(main.dataset.live));
}

localTimes();
rememberWho();
setTimeout(refresh, 3000);
