// A person's round picture: their letters on a colour of their own; a bot has a robot.

import { h } from "./dom.js";
import { hueClass, initials } from "./format.js";

export function avatar(userId, name, isBot = false) {
  const classes = `avatar ${hueClass(userId * 5)}${isBot ? " bot" : ""}`;
  return h("span", { class: classes, "aria-hidden": "true" }, isBot ? "" : initials(name));
}
