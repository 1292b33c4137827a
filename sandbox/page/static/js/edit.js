// Changing one's own message where it stands: Enter saves, Escape leaves it as it was.

import { h } from "./dom.js";

/** Open the editor in a message's row. */
export async function editMessage(row, { api, onError }) {
  if (row.element.querySelector(".editor")) return;
  const { message } = await api.get(`/messages/${row.message.id}`, { apply_markdown: false });
  const box = h("textarea", { "aria-label": "Edit the message", rows: Math.min(12, message.content.split("\n").length + 1) });
  box.value = message.content;
  const close = () => {
    editor.remove();
    row.body.hidden = false;
  };
  const save = async (event) => {
    event?.preventDefault();
    try {
      if (box.value !== message.content) await api.patch(`/messages/${message.id}`, { content: box.value });
      close();
    } catch (error) {
      onError(error);
    }
  };
  const editor = h("form", { class: "editor", onsubmit: save }, box,
    h("div", { class: "editor-buttons" }, h("button", { type: "submit", class: "send" }, "Save"),
      h("button", { type: "button", class: "quiet", onclick: close }, "Cancel")));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) save(event);
  });
  row.body.hidden = true;
  row.body.after(editor);
  box.focus();
}
