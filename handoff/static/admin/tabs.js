/** @import {Say} from "../words.js" */
import {attribute, h, say} from "/static/dom.js";
import {languageOf} from "../about/facts.js";

let count = 0;

/** The same words in several languages, one tab each; the arrow keys go from tab to tab. */
export class Tabs {
  /** Called when other words are to be seen. */
  changed = () => {};
  /** @type {Map<string, {tab: HTMLButtonElement, area: HTMLTextAreaElement, panel: HTMLElement}>} */ #all = new Map();

  /** @param {Say} text @param {readonly string[]} tags @param {number} max in characters */
  constructor(text, tags, max) {
    this.text = text;
    this.max = max;
    this.tag = tags[0];
    this.bar = h("div", {class: "tab-bar", role: "tablist", "aria-label": text("replies.texts"), onkeydown: this.#keys});
    this.left = h("span", {class: "quiet left"});
    this.element = h("div", {class: "tabs-box"}, this.bar);
    for (const tag of tags) this.#add(tag);
    this.choose(tags.includes(text.language) ? text.language : tags[0]);
  }

  get tags() {
    return [...this.#all.keys()];
  }

  /** The words of the tab that is open. */
  get words() {
    return this.#all.get(this.tag)?.area.value ?? "";
  }

  /** By language; what is empty is left out. @returns {Record<string, string>} */
  get value() {
    return Object.fromEntries([...this.#all].map(([tag, {area}]) => [tag, area.value.trim()]).filter(([, words]) => words));
  }

  set value(texts) {
    for (const tag of Object.keys(texts)) if (!this.#all.has(tag)) this.#add(tag);
    for (const [tag, {area}] of this.#all) area.value = texts[tag] ?? "";
    this.#mark();
  }

  /** @param {string} tag */
  #add(tag) {
    const id = `tab-${++count}`;
    const tab = h("button", {type: "button", role: "tab", id, class: "tab", "aria-controls": `${id}-panel`, "aria-selected": "false", tabindex: -1, onclick: () => this.choose(tag)}, h("span", {}, languageOf(this.text, tag)), h("i", {class: "has", hidden: true}));
    const area = h("textarea", {rows: 5, maxlength: this.max, lang: tag, dir: "auto", "aria-label": this.text("replies.text_in", {language: languageOf(this.text, tag)}), oninput: () => this.#typed()});
    const panel = h("div", {role: "tabpanel", id: `${id}-panel`, "aria-labelledby": id, hidden: true}, area);
    this.#all.set(tag, {tab, area, panel});
    this.bar.append(tab);
    this.element.append(panel);
  }

  /** @param {string} tag @param {boolean} [isFocused] */
  choose(tag, isFocused = false) {
    this.tag = tag;
    for (const [one, {tab, panel}] of this.#all) {
      const isOpen = one === tag;
      attribute(tab, "aria-selected", String(isOpen));
      attribute(tab, "tabindex", isOpen ? 0 : -1);
      panel.hidden = !isOpen;
      if (isOpen && isFocused) tab.focus();
    }
    this.#mark();
    this.changed();
  }

  /** Puts words where the cursor stands. @param {string} words */
  insert(words) {
    const area = this.#all.get(this.tag)?.area;
    if (!area) return;
    area.setRangeText(words, area.selectionStart, area.selectionEnd, "end");
    area.focus();
    area.dispatchEvent(new Event("input", {bubbles: true}));
  }

  #typed() {
    this.#mark();
    this.changed();
  }

  #mark() {
    for (const {tab, area} of this.#all.values()) {
      const mark = /** @type {HTMLElement} */ (tab.querySelector(".has"));
      mark.hidden = !area.value.trim();
      say(mark, mark.hidden ? "" : " ✓");
    }
  }

  #keys = (/** @type {KeyboardEvent} */ event) => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!step) return;
    event.preventDefault();
    const isRtl = getComputedStyle(this.bar).direction === "rtl";
    const tags = this.tags;
    this.choose(tags[(tags.indexOf(this.tag) + (isRtl ? -step : step) + tags.length) % tags.length], true);
  };
}
