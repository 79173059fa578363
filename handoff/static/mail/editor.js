/** @import {Field} from "../talk/field.js" */
/** @import {Say} from "../words.js" */
import {attribute, h} from "/static/dom.js";
import {markdown} from "/static/markdown.js";
import {button} from "../parts.js";
import {DRAWINGS} from "../talk/drawings.js";
import {SIGNS} from "./signs.js";

const ITEM = /^(\s*)([-*+]|\d{1,3}\.)\s(.*)$/;

/** What a mail's words may look like: marks by button and by key, lists that go on by themselves, and how it will be read. */
export class Editor {
  /** @param {Say} text @param {Field} field */
  constructor(text, field) {
    this.text = text;
    this.field = field;
    this.view = button(text("mail.preview"), () => this.preview(!this.isPreview), {drawing: SIGNS.look, isBare: true});
    this.shown = h("div", {class: "mail-preview md", tabindex: 0, role: "document", "aria-label": text("mail.preview"), hidden: true});
    const sample = text("marks.sample");
    /** @type {[string, string, string, () => void][]} */
    this.deeds = [
      ["marks.bold", DRAWINGS.bold, "b", () => field.wrap("**", "**", sample)],
      ["marks.italic", SIGNS.italic, "i", () => field.wrap("*", "*", sample)],
      ["marks.list", DRAWINGS.list, "shift+8", () => field.lines("- ")],
      ["marks.numbers", SIGNS.numbers, "shift+7", () => field.lines("1. ")],
      ["marks.quote", SIGNS.quote, "shift+9", () => field.lines("> ")],
      ["marks.link", DRAWINGS.link, "", () => field.wrap("[", "](https://)", sample)],
    ];
    this.element = h("span", {class: "marks", role: "group", "aria-label": text("marks"), hidden: true}, ...this.deeds.map(([key, drawing, keys, act]) => this.#mark(key, drawing, keys, act)), this.view);
    attribute(this.view, "aria-pressed", "false");
  }

  get isPreview() {
    return !this.shown.hidden;
  }

  /** @param {string} key @param {string} drawing @param {string} keys @param {() => void} act */
  #mark(key, drawing, keys, act) {
    const made = button(this.text(key), () => (this.preview(false), act()), {drawing, isBare: true});
    const named = keys && `Ctrl + ${keys.replace("shift+", "Shift + ").toUpperCase().replace("SHIFT", "Shift")}`;
    attribute(made, "title", [this.text(key), named && `(${named})`].filter(Boolean).join(" "));
    return made;
  }

  /** As it will be read, in the place of the field. @param {boolean} isOn */
  preview(isOn) {
    if (isOn === this.isPreview) return;
    this.shown.hidden = !isOn;
    this.field.element.hidden = isOn;
    attribute(this.view, "aria-pressed", String(isOn));
    this.shown.replaceChildren(isOn && this.field.words.trim() ? markdown(this.field.words) : h("p", {class: "quiet"}, this.text("mail.preview_empty")));
    if (isOn) this.shown.focus();
    else (this.field.fit(), this.field.element.focus());
  }

  /** Whether a key was one of ours. @param {KeyboardEvent} event */
  key(event) {
    const isMod = event.ctrlKey || event.metaKey;
    if (isMod && !event.altKey) {
      const digit = /^Digit(\d)$/.exec(event.code)?.[1];
      const pressed = event.shiftKey ? `shift+${digit ?? event.key.toLowerCase()}` : event.key.toLowerCase();
      const found = this.deeds.find(([, , keys]) => keys === pressed);
      if (found) (event.preventDefault(), found[3]());
      return Boolean(found);
    }
    return event.key === "Enter" && !event.shiftKey && !event.altKey && this.#goesOn(event);
  }

  /** Enter in a list begins its next item; in an empty one it ends the list. @param {KeyboardEvent} event */
  #goesOn(event) {
    const {selectionStart: at, selectionEnd, value} = this.field.element;
    const from = value.lastIndexOf("\n", at - 1) + 1;
    const found = at === selectionEnd && ITEM.exec(value.slice(from, at));
    if (!found) return false;
    event.preventDefault();
    const [, indent, sign, words] = found;
    const next = /\d/.test(sign) ? `${Number.parseInt(sign) + 1}.` : sign;
    if (words.trim()) this.field.replace(`\n${indent}${next} `, at, at);
    else this.field.replace("", from, at);
    return true;
  }
}
