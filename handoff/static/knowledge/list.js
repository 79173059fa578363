/** @import {Desk} from "../desk.js" */
/** @import {Thing} from "../parts.js" */
/** @import {Say} from "../words.js" */
/** @import {Library} from "./library.js" */
/** @import {Finding, Item} from "./shapes.js" */
import {attribute, h, say} from "/static/dom.js";
import {languageOf} from "../about/facts.js";
import {empty, failed, loading} from "../admin/frame.js";
import {button, chip} from "../parts.js";
import {Rolling} from "./rolling.js";
import {addressOfEntry, addressOfView, goToEntry, route} from "./route.js";

const PAUSE_MS = 180;
const STATES = ["", "draft", "wrong"];
const TONES = {new: "accent", changed: "warn", dropped: "bad", live: ""};

/** All entries, or those looked for: by words, by category, by language, those with drafts, those with something wrong. */
export class List {
  #state = "";
  /** @type {number | undefined} */ #pause;

  /** @param {Desk} desk @param {Say} text @param {Library} library */
  constructor(desk, text, library) {
    this.desk = desk;
    this.text = text;
    this.library = library;
    this.find = h("input", {type: "search", placeholder: text("knowledge.find"), "aria-label": text("knowledge.find"), oninput: () => this.#typed(), onkeydown: this.#keys});
    this.category = h("select", {"aria-label": text("knowledge.category"), hidden: true, onchange: () => void library.read({category: this.category.value})});
    this.language = h("select", {"aria-label": text("knowledge.language"), onchange: () => void library.read({language: this.language.value})});
    this.states = h("div", {class: "segments", role: "group", "aria-label": text("knowledge.show")}, ...STATES.map((state) => h("button", {type: "button", "aria-pressed": String(!state), "data-state": state || "all", onclick: () => this.#choose(state)}, text(`knowledge.show.${state || "all"}`))));
    this.count = h("span", {class: "count quiet", role: "status"});
    this.state = h("div", {class: "kb-none"}, loading(text));
    this.rolling = new Rolling(text("knowledge.entries"), () => void library.more());
    this.rolling.list.addEventListener("keydown", this.#keys);
    this.element = h("section", {class: "kb-list", "aria-label": text("knowledge.entries")}, h("div", {class: "toolbar"}, this.find, this.category, this.language, this.states, this.count), this.state, this.rolling.element);
    this.#languages();
  }

  stop() {
    clearTimeout(this.#pause);
    this.rolling.stop();
  }

  #languages() {
    const {desk, text} = this;
    const tags = [...new Set(desk.settings.languages.map((tag) => (tag === "zh-CN" ? "zh" : tag)))];
    this.language.replaceChildren(h("option", {value: ""}, text("knowledge.language.all")), ...tags.map((tag) => h("option", {value: tag}, text("knowledge.language.has", {language: languageOf(text, tag)}))));
  }

  #typed() {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => void this.library.read({q: this.find.value.trim()}), PAUSE_MS);
  }

  /** @param {string} state */
  #choose(state) {
    this.#state = state;
    for (const one of this.states.children) attribute(one, "aria-pressed", String(one.getAttribute("data-state") === (state || "all")));
    void this.library.read({state: state === "draft" ? state : ""});
    if (state === "wrong") void this.library.check().catch(() => {});
  }

  /** Those with something wrong are as the findings name them: the list may not have been read so far. @returns {Item[]} */
  get items() {
    const {items, filter, findings} = this.library;
    if (this.#state !== "wrong") return items;
    const known = new Map(items.map((item) => [item.id, item]));
    const isNarrow = Boolean(filter.q || filter.category || filter.language);
    return [...findingsBy(findings)].map(([id, [first]]) => known.get(id) ?? (isNarrow ? null : unread(id, first))).filter((item) => item !== null);
  }

  render() {
    const {library, text} = this;
    const {items} = this;
    const {id} = route();
    this.#categories();
    const wrong = findingsBy(library.findings);
    this.rolling.show(items.map((item) => () => this.#row(item, item.id === id, wrong.get(item.id) ?? [])));
    const more = library.next ? "+" : "";
    say(this.count, library.isRead && items.length ? text("knowledge.count", {count: this.#state === "wrong" ? items.length : (library.standing.total ?? `${items.length}${more}`)}) : "");
    attribute(this.element, "aria-busy", library.isReading && "true");
    this.state.replaceChildren(...this.#instead(items.length));
    this.rolling.element.hidden = items.length === 0;
  }

  get #isFiltered() {
    return Object.values(this.library.filter).some(Boolean) || this.#state !== "";
  }

  /** What stands there in place of entries. @param {number} count @returns {Node[]} */
  #instead(count) {
    const {library, text} = this;
    if (library.problem && !count) return [failed(text, library.problem, () => void library.read())];
    if (!library.isRead || (library.isReading && !count)) return [loading(text, 6)];
    if (count) return [];
    if (this.#isFiltered) return [empty(text(this.#state === "wrong" ? "knowledge.none.wrong" : "knowledge.none.found"), button(text("knowledge.show.again"), () => this.clear(), {kind: "small"}))];
    const add = library.standing.can.edit ? h("a", {class: "button primary", href: addressOfView("new")}, text("knowledge.add")) : null;
    return [empty(text("knowledge.none"), add)];
  }

  clear() {
    this.find.value = this.category.value = this.language.value = "";
    this.library.filter = {q: "", category: "", language: "", state: ""};
    this.#choose("");
  }

  #categories() {
    const {library, text} = this;
    const known = new Set([...library.standing.categories, ...library.items.map((item) => item.category ?? "")].filter(Boolean));
    const options = [...this.category.options].map((option) => option.value).filter(Boolean);
    const all = [...new Set([...options, ...known])].sort((a, b) => a.localeCompare(b, text.language));
    this.category.hidden = !all.length;
    if (all.length === options.length && this.category.options.length) return;
    const chosen = this.category.value;
    this.category.replaceChildren(h("option", {value: ""}, text("knowledge.category.all")), ...all.map((one) => h("option", {value: one}, one)));
    this.category.value = chosen;
  }

  /** @param {Item} item @param {boolean} isOpen @param {Finding[]} wrong @returns {Thing} */
  #row(item, isOpen, wrong) {
    const {text} = this;
    const worst = wrong.some((one) => one.severity === "error") ? "bad" : "warn";
    const facts = () => [item.question_count ? text("knowledge.questions.count", {count: item.question_count}) : item.id, item.category ?? "", item.languages.map((tag) => languageOf(text, tag)).join(" · ")].filter(Boolean).join("  ·  ");
    const make = () =>
      h(
        "li",
        {},
        h(
          "a",
          {class: `row-line${isOpen ? " open" : ""}`, href: addressOfEntry(item.id), "aria-current": isOpen && "true", "data-id": item.id},
          h("span", {class: "row-top"}, h("b", {dir: "auto"}, item.title || item.id)),
          h("span", {class: "row-side"}, wrong.length ? chip(text("knowledge.wrong.count", {count: wrong.length}), worst) : null, item.state === "live" ? null : chip(text(`knowledge.state.${item.state}`), TONES[item.state])),
          h("span", {class: "row-under quiet"}, facts()),
        ),
      );
    return {key: item.id, sign: JSON.stringify([item, isOpen, wrong.length, worst]), make};
  }

  /** From the field and along the rows by the arrows. */
  #keys = (/** @type {KeyboardEvent} */ event) => {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    const at = this.items.findIndex((item) => item.id === document.activeElement?.getAttribute("data-id"));
    event.preventDefault();
    if (at + step < 0) this.find.focus();
    else this.#focus(Math.min(at + step, this.items.length - 1));
  };

  /** @param {number} index */
  #focus(index) {
    const item = this.items[index];
    if (!item) return;
    this.rolling.reveal(index);
    for (const link of /** @type {NodeListOf<HTMLElement>} */ (this.rolling.list.querySelectorAll("a"))) if (link.dataset.id === item.id) link.focus();
  }

  /** Opens the next or the one before. @param {number} step */
  walk(step) {
    const {items} = this;
    const at = items.findIndex((item) => item.id === route().id);
    const next = items[at < 0 ? 0 : Math.min(Math.max(at + step, 0), items.length - 1)];
    if (!next) return;
    this.rolling.reveal(items.indexOf(next));
    goToEntry(next.id);
  }
}

/** An entry of which only a finding tells. @param {string} id @param {Finding} finding @returns {Item} */
const unread = (id, {question}) => ({id, title: question || id, question_count: 0, languages: [], category: null, risk: "normal", urgency: "normal", valid: null, state: "live", updated_at: null, updated_by: null, version: 0});

/** By entry, hints aside: nearly every entry could do with another question. @param {Finding[]} findings @returns {Map<string, Finding[]>} */
function findingsBy(findings) {
  /** @type {Map<string, Finding[]>} */ const by = new Map();
  for (const finding of findings.filter(({severity}) => severity !== "hint")) for (const id of finding.entries) by.set(id, [...(by.get(id) ?? []), finding]);
  return by;
}
