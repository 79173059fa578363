/** @import {Desk} from "../desk.js" */
/** @import {Say} from "../words.js" */
import {h, say} from "/static/dom.js";
import {Problem} from "../api.js";
import {trouble} from "../words.js";
import {ask} from "./dialog.js";
import {VARIABLES} from "./filling.js";

const TITLE_MAX_CHARS = 80;

/** Asks for a shortcut and a title, and keeps these words as a canned reply. @param {Desk} desk @param {Say} text @param {string} words @param {string} language */
export function saveReply(desk, text, words, language) {
  const shortcut = h("input", {id: "reply-shortcut", required: true, maxlength: 40, pattern: "[^\\s\\/]+", autocomplete: "off", spellcheck: "false"});
  const title = h("input", {id: "reply-title", required: true, maxlength: TITLE_MAX_CHARS, autocomplete: "off", dir: "auto", value: words.split("\n")[0].slice(0, 40)});
  const body = h("textarea", {id: "reply-text", required: true, rows: 5, dir: "auto"}, words);
  const tags = [...new Set([language, ...desk.settings.languages])];
  const tag = h("select", {id: "reply-language"}, ...tags.map((one) => h("option", {value: one, selected: one === language}, named(one, text.language))));
  const isShared = h("input", {type: "checkbox", id: "reply-shared"});
  const field = (/** @type {string} */ key, /** @type {HTMLElement} */ input) => h("div", {class: "field"}, h("label", {for: input.id}, text(key)), input);
  ask(text, {
    title: text("canned.save"),
    go: text("canned.save.do"),
    kind: "wide",
    fields: [
      h("div", {class: "pair"}, field("canned.shortcut", shortcut), field("canned.title", title)),
      field("canned.language", tag),
      field("canned.text", body),
      h("p", {class: "quiet"}, text("canned.variables", {names: VARIABLES.map((name) => `{${name}}`).join(" ")})),
      desk.isSupervisor ? h("label", {class: "choice"}, isShared, h("span", {}, text("canned.shared"))) : null,
    ],
    act: async (said) => {
      try {
        await desk.api.post("replies", {shortcut: shortcut.value.trim(), title: title.value.trim(), texts: {[tag.value]: body.value.trim()}, folder: "", is_shared: isShared.checked});
        return true;
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        say(said, trouble(text, error));
        return false;
      }
    },
  });
  (words ? shortcut : body).focus();
}

/** A language's name, in the page's. @param {string} tag @param {string} language */
function named(tag, language) {
  try {
    return new Intl.DisplayNames([language], {type: "language"}).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
