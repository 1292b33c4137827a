// Signing in: address, link, code.

import { call, session } from "./api.js";
import { announce, h, problem, show } from "./dom.js";

const STEPS = ["Your e-mail", "Link", "Code", "Upload"];

function steps(current) {
  return h("ol", { class: "steps", "aria-label": "Steps" }, ...STEPS.map((name, index) => h(
    "li",
    { class: index < current ? "done" : null, "aria-current": index === current ? "step" : null },
    name,
  )));
}

/** Runs `work` with the button disabled; shows what was refused. */
async function submitting(button, trouble, work) {
  trouble.say("");
  button.disabled = true;
  try {
    await work();
  } catch (error) {
    trouble.say(error.message);
    return error;
  } finally {
    button.disabled = false;
  }
  return null;
}

/** Asks for the address. `notice` tells why one has to sign in again. */
export function askAddress(page, notice = "") {
  const trouble = problem();
  trouble.say(notice);
  const input = h("input", {
    id: "email", type: "email", name: "email", autocomplete: "email", required: true,
    maxlength: "254", spellcheck: "false", autocapitalize: "none", "aria-describedby": "email-hint", "data-focus": true,
  });
  const button = h("button", { type: "submit" }, "Send me a link");
  const form = h(
    "form",
    {
      onsubmit: (event) => {
        event.preventDefault();
        submitting(button, trouble, async () => {
          await call("POST", "sign-in", { email: input.value });
          checkMail(page, input.value);
        });
      },
    },
    h(
      "div",
      { class: "field" },
      h("label", { for: "email" }, "E-mail address"),
      input,
      h("span", { id: "email-hint", class: "hint" }, "The address under which you were invited to this project."),
    ),
    trouble.element,
    button,
  );
  show(h(
    "section",
    { class: "card" },
    steps(0),
    h("h1", {}, "Sign in to upload files"),
    page.branding.welcome_text && h("p", { class: "welcome" }, page.branding.welcome_text),
    form,
  ));
}

function checkMail(page, address) {
  show(h(
    "section",
    { class: "card" },
    steps(1),
    h("h1", { tabindex: "-1", "data-focus": true }, "Check your mail"),
    h("p", {}, "If ", h("strong", {}, address), " may upload here, a link is on its way. It works once, for 15 minutes."),
    h("p", { class: "hint" }, "Nothing after a few minutes? Look into the spam folder, or check the address."),
    h("div", { class: "buttons" }, h(
      "button",
      { type: "button", class: "quiet", onclick: () => askAddress(page) },
      "Use another address, or send it again",
    )),
  ));
  announce("If this address may upload here, a link is on its way.");
}

/**
 * Goes on with the link's token. Only a press of the button uses it up: programs that look into mails open
 * links too, and must not spend them.
 */
export function followLink(page, token) {
  const trouble = problem();
  const button = h("button", {
    type: "button",
    "data-focus": true,
    onclick: async () => {
      const refused = await submitting(button, trouble, async () => {
        const { challenge, phone_hint: hint } = await call("POST", "sign-in/link", { token });
        askCode(page, challenge, hint);
      });
      if (refused && !refused.passing) button.replaceWith(again(page));
    },
  }, "Text me a code");
  show(h(
    "section",
    { class: "card" },
    steps(1),
    h("h1", {}, "Nearly there"),
    h("p", {}, "We send a code to the phone number that was registered for you. Have your phone at hand."),
    h("div", { class: "buttons" }, button),
    trouble.element,
  ));
}

function again(page) {
  return h("button", { type: "button", onclick: () => askAddress(page) }, "Ask for a new link");
}

function askCode(page, challenge, hint) {
  const trouble = problem();
  const input = h("input", {
    id: "code", class: "code", type: "text", name: "code", inputmode: "numeric", autocomplete: "one-time-code",
    pattern: "[0-9 ]*", maxlength: "7", required: true, "aria-describedby": "code-hint", "data-focus": true,
  });
  const button = h("button", { type: "submit" }, "Sign in");
  const form = h(
    "form",
    {
      onsubmit: async (event) => {
        event.preventDefault();
        const refused = await submitting(button, trouble, async () => {
          const code = input.value.replace(/\s/g, "");
          if (!/^\d{6}$/.test(code)) throw new Error("The code has six digits. Please check it.");
          session.set(await call("POST", "sign-in/code", { challenge, code }));
          page.signedIn();
        });
        if (!refused) return;
        input.setAttribute("aria-invalid", "true");
        if (["code-expired", "code-tries-used", "code-used", "sign-in-closed", "access-revoked"].includes(refused.code)) {
          button.replaceWith(again(page));
        } else {
          input.select();
        }
      },
    },
    h(
      "div",
      { class: "field" },
      h("label", { for: "code" }, "Six-digit code"),
      input,
      h("span", { id: "code-hint", class: "hint" }, `Sent to the phone number that ${hint}. It is good for 10 minutes.`),
    ),
    trouble.element,
    button,
  );
  show(h("section", { class: "card" }, steps(2), h("h1", {}, "Enter the code"), form));
  announce("A code was sent to your phone.");
}
