/** @import {Hours} from "../shapes.js" */
/** @import {Fault, Form} from "./form.js" */
/** @import {Say} from "../words.js" */
import {h, icon} from "/static/dom.js";
import {button} from "../parts.js";
import {ICONS} from "./frame.js";
import {Spans} from "./spans.js";
import {dayName, plusDays, weekdayOf} from "./timetable.js";

/** @typedef {{date: HTMLInputElement, kind: HTMLSelectElement, spans: Spans, weekday: HTMLElement, wrong: HTMLElement, element: HTMLElement}} Row */

/** Holidays, and days with hours of their own, in one list by date; those that are over are folded away. */
export class Dates {
  /** @type {Row[]} */ #rows = [];
  #isPastShown = false;

  /** @param {Say} text @param {string} today @param {() => void} changed */
  constructor(text, today, changed) {
    this.text = text;
    this.today = today;
    this.changed = changed;
    this.list = h("ul", {class: "dates"});
    this.none = h("p", {class: "quiet"}, text("dates.none"));
    this.wrong = h("p", {class: "wrong"});
    this.past = h("button", {type: "button", class: "more", onclick: () => this.#unfold()});
    this.element = h("div", {class: "dates-box"}, this.none, this.past, this.list, button(text("dates.add"), () => this.#add("", null, true), {kind: "small", drawing: ICONS.plus, act: "add-date"}), this.wrong);
  }

  /** @returns {Pick<Hours, "closed" | "open">} */
  get value() {
    const dated = this.#rows.filter((row) => row.date.value).sort((a, b) => (a.date.value < b.date.value ? -1 : 1));
    const closed = dated.filter((row) => row.kind.value === "closed").map((row) => row.date.value);
    const open = Object.fromEntries(dated.filter((row) => row.kind.value === "open").map((row) => [row.date.value, row.spans.value]));
    return {closed, open};
  }

  /** @param {Pick<Hours, "closed" | "open">} value */
  show({closed, open}) {
    this.#rows = [];
    this.list.replaceChildren();
    const all = [...closed.map((date) => /** @type {[string, string[] | null]} */ ([date, null])), ...Object.entries(open)].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [date, spans] of all) this.#add(date, spans);
    this.#fold();
  }

  /** Its faults have their places in this form. @param {Form<any>} form */
  place(form) {
    form.forget("open");
    form.forget("closed");
    for (const key of ["open", "closed"]) form.spot(key, this.element, this.wrong);
    for (const row of this.#rows) if (row.date.value) for (const kind of ["open", "closed"]) form.spot(`${kind}.${row.date.value}`, row.element, row.wrong);
  }

  /** @returns {Fault[]} */
  check() {
    const {text} = this;
    const faults = [];
    const seen = new Set();
    for (const {date, kind, spans} of this.#rows) {
      if (!date.value) faults.push({key: "open", message: text("dates.no_date")});
      else if (seen.has(date.value)) faults.push({key: `${kind.value}.${date.value}`, message: text("dates.twice")});
      seen.add(date.value);
      if (kind.value === "open" && !spans.value.length) faults.push({key: `open.${date.value}`, message: text("dates.no_spans")});
      else if (kind.value === "open" && spans.fault) faults.push({key: `open.${date.value}`, message: spans.fault});
    }
    return faults;
  }

  /** @param {string} value @param {string[] | null} spans null: closed @param {boolean} [isNew] */
  #add(value, spans, isNew = false) {
    const {text} = this;
    const wrong = h("p", {class: "wrong"});
    const weekday = h("span", {class: "quiet weekday"});
    const date = h("input", {type: "date", value, "aria-label": text("dates.date"), onchange: () => (this.#turn(row), this.changed())});
    const kind = h("select", {"aria-label": text("dates.kind"), onchange: () => (this.#turn(row), this.changed())}, h("option", {value: "closed"}, text("dates.closed")), h("option", {value: "open"}, text("dates.open")));
    kind.value = spans ? "open" : "closed";
    const editor = new Spans(text, value || text("dates.new"), this.changed);
    editor.value = spans ?? [];
    const gone = h("button", {type: "button", class: "button bare small", "aria-label": text("dates.remove", {date: value}), title: text("dates.remove.short"), onclick: () => this.#remove(row)}, icon(ICONS.gone));
    const element = h("li", {class: "date-row"}, h("span", {class: "when"}, date, weekday), kind, editor.element, gone, wrong);
    /** @type {Row} */ const row = {date, kind, spans: editor, weekday, wrong, element};
    this.#rows.push(row);
    this.list.append(element);
    this.#turn(row);
    if (!isNew) return;
    date.value = plusDays(this.today, 1);
    this.#turn(row);
    this.#fold();
    date.focus();
    this.changed();
  }

  /** @param {Row} row */
  #turn({date, kind, spans, weekday}) {
    const {language} = this.text;
    weekday.textContent = date.value ? dayName(weekdayOf(date.value), language, "short") : "";
    const isOpen = kind.value === "open";
    if (isOpen && !spans.value.length) spans.value = ["09:00-18:00"];
    spans.element.hidden = !isOpen;
  }

  /** @param {Row} row */
  #remove(row) {
    this.#rows = this.#rows.filter((one) => one !== row);
    row.element.remove();
    this.#fold();
    this.changed();
    /** @type {HTMLElement | null} */ (this.element.querySelector("[data-act=add-date]"))?.focus();
  }

  #unfold() {
    this.#isPastShown = true;
    this.#fold();
  }

  #fold() {
    const over = this.#rows.filter((row) => row.date.value && row.date.value < this.today);
    for (const row of this.#rows) row.element.hidden = !this.#isPastShown && over.includes(row);
    this.past.hidden = this.#isPastShown || !over.length;
    this.past.textContent = this.text("dates.past", {count: over.length});
    this.none.hidden = this.#rows.length > 0;
  }
}
