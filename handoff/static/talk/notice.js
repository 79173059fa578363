/** @import {Conversation} from "../conversation.js" */
/** @import {Form} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {attribute, h, say} from "/static/dom.js";
import {Problem} from "../api.js";
import {newCid} from "../keep.js";
import {trouble} from "../words.js";
import {ask} from "./dialog.js";

const FIELD = /\{\{(\w+)\.DATA\}\}/g;

/** Asks which approved form goes out, and what is filled in; it is shown as the customer will read it. @param {Say} text @param {Conversation} open */
export async function notice(text, open) {
  const which = h("select", {id: "notice-form"});
  const fields = h("div", {class: "form-fields"});
  const preview = h("div", {class: "form-preview", role: "group", "aria-label": text("notice.preview"), hidden: true});
  const above = h("p", {class: "quiet", hidden: true}, text("notice.preview"));
  /** @type {Form[]} */ let forms = [];
  let cid = newCid();
  const chosen = () => forms[which.selectedIndex];
  const inputs = () => /** @type {HTMLInputElement[]} */ ([...fields.querySelectorAll("input")]);
  const values = () => Object.fromEntries(inputs().map((input) => [input.name, input.value.trim()]));
  const show = () => {
    cid = newCid(); // other words are another message
    if (chosen()) preview.replaceChildren(...filled(chosen().text, values()));
  };
  const choose = () => {
    fields.replaceChildren(...(chosen()?.fields ?? []).map((field) => fieldOf(text, chosen(), field, show)));
    show();
    for (const one of [above, preview]) attribute(one, "hidden", !chosen());
    attribute(go, "disabled", !chosen());
  };
  which.onchange = choose;
  const send = async (/** @type {Element} */ said) => {
    if (!chosen()) return false;
    try {
      await open.act("notice", {template: chosen().name, values: values(), cid});
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(said, wrongIn(text, error, fields) || trouble(text, error));
      return false;
    }
  };
  const {said, dialog, send: go} = ask(text, {
    title: text("notice.send"), go: text("notice.go"), kind: "wide", act: send,
    fields: [h("p", {class: "quiet"}, text("notice.hint")), h("div", {class: "field"}, h("label", {for: which.id}, text("notice.form")), which), fields, above, preview],
  });
  attribute(go, "disabled", true); // until there is something to send
  which.append(h("option", {}, text("loading")));
  try {
    forms = (await open.desk.api.get(`sessions/${open.id}/notices?lang=${text.language}`)).items;
    which.replaceChildren(...forms.map((form) => h("option", {value: form.name}, form.title)));
    if (!forms.length) say(said, text("notice.none"));
    choose();
    if (dialog.open) (inputs()[0] ?? which).focus();
  } catch (error) {
    which.replaceChildren();
    if (!(error instanceof Problem)) throw error;
    say(said, trouble(text, error));
  }
}

/** @param {Say} text @param {Form} form @param {{name: string, max_chars: number}} field @param {() => void} typed */
function fieldOf(text, form, {name, max_chars: max}, typed) {
  const left = h("small", {class: "quiet", id: `left-${name}`});
  const count = () => say(left, text("notice.room", {count: max - input.value.trim().length}));
  const input = h("input", {id: `field-${name}`, name, required: true, maxlength: max, autocomplete: "off", dir: "auto", "aria-describedby": left.id, oninput: () => (attribute(input, "aria-invalid", null), count(), typed())});
  count();
  return h("div", {class: "field"}, h("label", {for: input.id}, nameOf(form.text, name)), input, left);
}

/** What stands before a field in the form's own text, or the field's name. @param {string} words @param {string} field */
export function nameOf(words, field) {
  const before = words.split(`{{${field}.DATA}}`)[0].split("\n").pop() ?? "";
  return before.replace(/\{\{\w+\.DATA\}\}/g, "").replace(/[\s:：]+$/, "").trim() || field;
}

/** The form's text with its fields filled in, line by line; what is missing stands out. @param {string} words @param {Record<string, string>} values */
function filled(words, values) {
  return words.split("\n").map((line) => h("p", {dir: "auto"}, ...line.split(FIELD).map((piece, index) => (index % 2 ? h("mark", {class: values[piece] ? "" : "empty"}, values[piece] || "＿＿") : piece))));
}

/** Marks the fields that were refused; the words for the first. @param {Say} text @param {Problem} problem @param {HTMLElement} fields */
function wrongIn(text, problem, fields) {
  /** @type {{key: string, code?: string, params?: Record<string, string>}[]} */
  const wrong = problem.body?.problems ?? [];
  for (const {key} of wrong) attribute(/** @type {Element} */ (fields.querySelector(`[name="${CSS.escape(key)}"]`)), "aria-invalid", "true");
  if (!wrong.length) return "";
  return wrong[0].code === "too_long" ? text("notice.too_long", {count: wrong[0].params?.count ?? ""}) : text("notice.missing");
}
