"use strict";

// Times in the reader's own zone.
function localTimes() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    time.textContent = new Date(time.dateTime).toLocaleString();
  }
}

// A page of something that goes on is fetched again, keeping what the reader opened and closed.
async function refresh() {
  const main = document.getElementById("main");
  const pause = Number(main.dataset.live || 0);
  if (!pause) return;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
    for (const details of next.querySelectorAll("details[id]")) {
      const shown = document.getElementById(details.id);
      if (shown && shown.dataset.touched) {
        details.open = shown.open;
        details.dataset.touched = "1";
      }
    }
    main.replaceWith(next);
    localTimes();
  } catch {
    // The server is away for a moment: try again.
  }
  setTimeout(refresh, pause);
}

document.addEventListener("click", (event) => {
  const details = event.target.closest("summary")?.parentElement;
  if (details) details.dataset.touched = "1";
});
localTimes();
setTimeout(refresh, 1000);
