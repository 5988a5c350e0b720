/* Sheets that come up from below, and copying a text. */

import { element, say } from "./words.js";

/** Open a sheet; resolves when it is closed. `fill(sheet, close)` puts the content in. */
export function openSheet(title, fill, name = "") {
  const dialog = element("dialog", { class: `part ${name}`, "aria-label": title });
  const close = () => dialog.close();
  const body = element("div", { class: "part-main" });
  const closer = element("button", { class: "close", "aria-label": say("app.close"), text: "✕", onclick: close });
  dialog.append(element("div", { class: "part-head" }, element("h2", { text: title }), closer), body);
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  document.body.append(dialog);
  fill(body, close);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve();
    });
  });
}

/** Ask before something that cannot be taken back; resolves to true or false. */
export async function ask(question, yes) {
  let said = false;
  await openSheet(yes, (body, close) => {
    const sure = element("button", { class: "primary", text: yes, onclick: () => { said = true; close(); } });
    const not = element("button", { text: say("app.cancel"), onclick: close });
    body.append(element("p", { text: question }), element("div", { class: "pair" }, not, sure));
  });
  return said;
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch (error) {
    // older browsers, and pages without https
    const box = element("textarea", { class: "off-screen", value: text });
    (document.querySelector("dialog[open]") || document.body).append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
}

/** A text with a button that copies it. */
export function copyable(text, label) {
  const button = element("button", { text: say("app.copy"), "aria-label": `${say("app.copy")} ${label}` });
  button.onclick = async () => {
    await copyText(text);
    button.textContent = `✓ ${say("app.copied")}`;
  };
  return element("div", { class: "copyable" }, element("span", { class: "copy-text", text }), button);
}
