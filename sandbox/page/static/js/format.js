// Times in the reader's own zone, and the colours and letters of people.

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const MOMENT = new Intl.DateTimeFormat(undefined, {
  weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
});

const DAY_MS = 86_400_000;

export const clock = (date) => CLOCK.format(date);
export const full = (date) => FULL.format(date);
export const moment = (date) => MOMENT.format(date);

/** `Today`, `Yesterday`, or the day's name. */
export function day(date, now = new Date()) {
  const key = date.toDateString();
  if (key === now.toDateString()) return "Today";
  if (key === new Date(now.getTime() - DAY_MS).toDateString()) return "Yesterday";
  return DAY.format(date);
}

export function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  return ((words[0]?.[0] ?? "?") + (words.length > 1 ? words.at(-1)[0] : "")).toUpperCase();
}

/** One of the stylesheet's twelve hues, the same for the same number always. */
export const hueClass = (number) => `hue-${number % 12}`;
