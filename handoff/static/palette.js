/** @import {Command} from "./commands.js" */
/** @import {Desk} from "./desk.js" */
/** @import {Say} from "./words.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {kept} from "./caret.js";
import {keysOf, noteOf, titleOf} from "./commands.js";
import {match} from "./fuzzy.js";
import {shownKeys} from "./keys.js";
import {ICONS} from "./parts.js";

const SHOWN_MAX = 60;
const PER_GROUP_MAX = 8;
const RECENT_MAX = 5;
const RECENT = "recent";
/** Nearest first, as long as nothing is typed. */
const GROUPS = ["conversation", "queue", "sessions", "replies", "status", "search", "pages", "view"];

/** @typedef {{command: Command, group: string, score: number, at: number[]}} Entry */

/**
 * Everything that can be done and everywhere one can go, by its name: a combobox over a listbox (ARIA APG). The focus stays in the field; the
 * arrows choose, Enter does it.
 */
export class Palette {
  /** @type {HTMLDialogElement | null} */ #dialog = null;
  /** @type {Entry[]} */ #entries = [];
  /** @type {Map<string, Command[]>} */ #found = new Map();
  /** @type {AbortController} */ #asking = new AbortController();
  #chosen = 0;
  /** Somebody has moved the choice: it stays where it is when more is found. Else what is first is chosen. */
  #isPicked = false;
  #giveBack = () => {};
  #group = "";

  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
    this.field = h("input", {type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "palette-list", "aria-autocomplete": "list", "aria-label": text("palette"), autocomplete: "off", spellcheck: "false", oninput: () => this.#ask(), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#press(event)});
    this.list = h("div", {id: "palette-list", role: "listbox", "aria-label": text("palette.results")});
    this.none = h("p", {class: "none", role: "status"});
  }

  /** Opens it; with a group only for what belongs to that. @param {string} [group] */
  open(group = "") {
    if (this.#dialog?.open) return this.close();
    if (document.querySelector("dialog[open]")) return;
    this.#group = group;
    this.field.value = "";
    this.field.placeholder = this.text(group ? `palette.${group}` : "palette.hint");
    this.#giveBack = kept(document.activeElement);
    const dialog = h("dialog", {class: "palette", "aria-label": this.text("palette"), onclose: () => this.#closed(dialog), onclick: (/** @type {Event} */ event) => event.target === dialog && dialog.close()}, h("div", {class: "inside"}, h("div", {class: "field"}, icon(ICONS.search), this.field), this.none, this.list));
    this.#dialog = dialog;
    document.body.append(dialog);
    dialog.showModal();
    this.field.focus();
    this.#ask();
  }

  close() {
    if (!this.#dialog?.open) return;
    this.#dialog.close();
    this.#giveBack();
    this.#giveBack = () => {};
  }

  /** Told after it has happened: another may be open by then. @param {HTMLDialogElement} dialog */
  #closed(dialog) {
    dialog.remove();
    if (dialog !== this.#dialog) return;
    this.#giveBack(); // the browser itself has shut it
    this.#asking.abort();
    this.#found.clear();
    this.#dialog = null;
  }

  /** What was typed has changed: what is known at once is shown at once, what must be asked for comes when it comes. */
  #ask() {
    this.#asking.abort();
    this.#asking = new AbortController();
    const {signal} = this.#asking;
    const query = this.field.value.trim();
    this.#found.clear();
    const later = [];
    for (const source of this.desk.commands.sources) {
      if (this.#group && source.group !== this.#group) continue;
      const found = source.find(query, signal);
      if (Array.isArray(found)) this.#found.set(source.id, found);
      else later.push(found.then((commands) => !signal.aborted && (this.#found.set(source.id, commands), this.#show(false))).catch(() => {}));
    }
    attribute(this.list, "aria-busy", later.length > 0 || null);
    this.#show(true);
    if (!later.length) return;
    Promise.all(later).then(() => !signal.aborted && (attribute(this.list, "aria-busy", null), this.#sayNone()));
  }

  /** @param {boolean} isNew */
  #show(isNew) {
    this.#isPicked &&= !isNew;
    const picked = this.#isPicked ? this.#entries[this.#chosen]?.command.id : null;
    this.#entries = this.#sorted(this.field.value.trim());
    this.#chosen = Math.max(0, this.#entries.findIndex(({command}) => command.id === picked));
    let group = "";
    const rows = this.#entries.flatMap((entry, index) => {
      const head = entry.group === group ? [] : [h("div", {class: "group", role: "presentation"}, this.text(`group.${entry.group}`))];
      group = entry.group;
      return [...head, this.#row(entry, index)];
    });
    this.list.replaceChildren(...rows);
    this.#mark();
    this.#sayNone();
  }

  #sayNone() {
    const isAsking = this.list.hasAttribute("aria-busy");
    this.none.hidden = this.#entries.length > 0;
    say(this.none, this.#entries.length ? "" : this.text(isAsking ? "palette.asking" : "palette.none"));
  }

  /** @param {Entry} entry @param {number} index */
  #row({command, at}, index) {
    const title = titleOf(command);
    const keys = keysOf(command)[0];
    const letters = new Set(at);
    const words = [...title].map((character, place) => (letters.has(place) ? h("mark", {}, character) : character));
    return h(
      "div",
      {id: `palette-${index}`, role: "option", class: "option", "data-id": command.id, "aria-selected": "false", onclick: () => this.#run(index), onpointermove: () => this.#choose(index)},
      h("span", {class: "title", dir: "auto"}, ...words),
      h("span", {class: "note", dir: "auto"}, noteOf(command)),
      ...(keys && this.desk.preferences.get("shortcuts") ? [h("span", {class: "keys"}, ...shownKeys(keys))] : []),
    );
  }

  /** @param {string} query @returns {Entry[]} */
  #sorted(query) {
    const all = [...[...this.#found.values()].flat(), ...this.desk.commands.all];
    const inGroup = all.filter((command) => !this.#group || command.group === this.#group);
    if (!query) return this.#unasked(inGroup);
    const entries = inGroup.flatMap((command) => {
      const group = command.group ?? "view";
      if (command.words === "*") return [{command, group, score: -2, at: []}]; // its source has found it: the letters need not stand in its name
      const found = match(query, titleOf(command));
      const also = found ?? match(query, `${command.words ?? ""} ${noteOf(command)}`);
      return also ? [{command, group, score: found ? found.score : also.score - 1, at: found?.at ?? []}] : [];
    });
    return grouped(entries.sort((a, b) => b.score - a.score));
  }

  /** With nothing typed: what was done lately, then what is nearest. @param {Command[]} commands */
  #unasked(commands) {
    const recent = /** @type {string[]} */ (this.#group ? [] : (this.desk.keep.get(RECENT) ?? []));
    const lately = recent.flatMap((id) => commands.filter((command) => command.id === id));
    const entry = (/** @type {Command} */ command, group = command.group ?? "view") => ({command, group, score: 0, at: []});
    const rest = commands.filter((command) => !lately.includes(command)).map((command) => entry(command));
    const near = (/** @type {Entry} */ {group}) => (GROUPS.indexOf(group) + GROUPS.length + 1) % (GROUPS.length + 1);
    return [...lately.map((command) => entry(command, "recent")), ...grouped(rest.sort((a, b) => near(a) - near(b)))];
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.isComposing || event.keyCode === 229) return;
    const last = this.#entries.length - 1;
    const to = {ArrowDown: this.#chosen >= last ? 0 : this.#chosen + 1, ArrowUp: this.#chosen <= 0 ? last : this.#chosen - 1, PageDown: Math.min(last, this.#chosen + 8), PageUp: Math.max(0, this.#chosen - 8)}[event.key];
    if (to !== undefined) return void (event.preventDefault(), this.#choose(to, true));
    if (event.key === "Enter") return void (event.preventDefault(), this.#run(this.#chosen));
    if (event.key === "k" && (event.ctrlKey || event.metaKey)) return void (event.preventDefault(), this.close());
  }

  /** @param {number} index @param {boolean} [isByKey] */
  #choose(index, isByKey = false) {
    if (index === this.#chosen && !isByKey) return;
    this.#chosen = index;
    this.#isPicked = true;
    this.#mark();
    if (isByKey) this.list.querySelector("[aria-selected=true]")?.scrollIntoView({block: "nearest"});
  }

  #mark() {
    for (const option of this.list.querySelectorAll("[role=option]")) attribute(option, "aria-selected", String(option.id === `palette-${this.#chosen}`));
    attribute(this.field, "aria-activedescendant", this.#entries.length ? `palette-${this.#chosen}` : null);
  }

  /** @param {number} index */
  #run(index) {
    const command = this.#entries[index]?.command;
    if (!command) return;
    this.close();
    if (command.words !== "*") {
      const recent = /** @type {string[]} */ (this.desk.keep.get(RECENT) ?? []);
      this.desk.keep.put(RECENT, [command.id, ...recent.filter((id) => id !== command.id)].slice(0, RECENT_MAX));
    }
    setTimeout(() => command.run()); // after the dialog has given the focus back: what the command focuses keeps it
  }
}

/** Groups stay together, in the order of their best; none takes all the room. @param {Entry[]} entries */
function grouped(entries) {
  /** @type {Map<string, Entry[]>} */
  const groups = new Map();
  for (const entry of entries) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return [...groups.values()].flatMap((group) => group.slice(0, PER_GROUP_MAX)).slice(0, SHOWN_MAX);
}
