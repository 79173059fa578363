/** @import {Say} from "./texts.js" */
import {h} from "/static/dom.js";

/**
 * @typedef {{name: string, label: string, kind?: "text" | "file" | "list", accept?: string, options?: string[]}} Field
 */

let count = 0;

/**
 * Asks for a few things in a dialog; null where the user thinks better of it.
 * @param {Say} text @param {string} title @param {Field[]} fields @returns {Promise<Record<string, any> | null>}
 */
export function ask(text, title, fields) {
  return new Promise((done) => {
    const id = `ask-${++count}`;
    const inputs = fields.map((field) => input(field));
    const form = h("form", {method: "dialog"},
      h("h2", {id}, title),
      ...fields.flatMap((field, at) => [h("label", {for: inputs[at].id}, field.label), inputs[at]]),
      h("div", {class: "buttons"},
        h("button", {type: "button", class: "button", onclick: () => dialog.close()}, text("cancel")),
        h("button", {type: "submit", class: "button primary", value: "ok"}, text("ok"))));
    const dialog = h("dialog", {"aria-labelledby": id}, form);
    dialog.addEventListener("close", async () => {
      dialog.remove();
      if (dialog.returnValue !== "ok") return done(null);
      const entries = await Promise.all(fields.map(async (field, at) => [field.name, await value(field, inputs[at])]));
      done(Object.fromEntries(entries));
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** @param {Field} field */
function input(field) {
  const id = `field-${++count}`;
  if (field.kind === "list") return h("select", {id}, h("option", {value: ""}), ...(field.options ?? []).map((one) => h("option", {value: one}, one)));
  return h("input", {id, type: field.kind ?? "text", accept: field.accept, autocomplete: "off"});
}

/** @param {Field} field @param {HTMLInputElement | HTMLSelectElement} from */
async function value(field, from) {
  if (field.kind !== "file") return from.value;
  const file = from instanceof HTMLInputElement && from.files?.[0];
  return file ? {name: file.name, content: await base64(file)} : null;
}

/** @param {File} file @returns {Promise<string>} */
function base64(file) {
  return new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result).split(",", 2)[1] ?? "");
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(file);
  });
}
