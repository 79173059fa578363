/** @import {Say} from "../words.js" */
import {h, icon} from "/static/dom.js";
import {ICONS} from "./frame.js";
import {DAY_MINUTES, overlap, parseSpan, parseTime, timeWords} from "./timetable.js";

const SPANS_MAX = 6;

/** @typedef {{from: HTMLInputElement, to: HTMLInputElement, element: HTMLElement, next: HTMLElement}} Row */

/** The open spans of one day, to be typed: `9` and `900` are nine o'clock, too. */
export class Spans {
  /** @type {Row[]} */ #rows = [];

  /** @param {Say} text @param {string} name of the day, for whoever hears it @param {() => void} changed */
  constructor(text, name, changed) {
    this.text = text;
    this.name = name;
    this.changed = changed;
    this.none = h("span", {class: "quiet none"}, text("hours.closed"));
    this.list = h("div", {class: "span-list"});
    this.add = h("button", {type: "button", class: "button bare small", "aria-label": text("hours.add_for", {day: name}), title: text("hours.add"), onclick: () => this.#add("", "", true)}, icon(ICONS.plus));
    this.element = h("div", {class: "spans", role: "group", "aria-label": name}, this.none, this.list, this.add);
  }

  /** As the API has it; what is not a span yet is there as it was typed. @returns {string[]} */
  get value() {
    return this.#rows.map(({from, to}) => `${neat(from.value)}-${neat(to.value)}`);
  }

  set value(spans) {
    this.#rows = [];
    this.list.replaceChildren();
    for (const span of spans) {
      const [from = "", to = ""] = span.split("-");
      this.#add(from, to);
    }
    this.#show();
  }

  /** What is wrong with it, in words; "" nothing. */
  get fault() {
    const {text, value} = this;
    const wrong = value.find((one) => !parseSpan(one));
    if (wrong) return text(/^-|-$/.test(wrong) ? "hours.half" : "hours.no_span", {span: wrong});
    return overlap(value) ? text("hours.overlap") : "";
  }

  /** @param {string} from @param {string} to @param {boolean} [isNew] */
  #add(from, to, isNew = false) {
    const number = this.#rows.length + 1;
    const made = (/** @type {string} */ label, /** @type {string} */ value, /** @type {string} */ placeholder) => h("input", {class: "time", inputmode: "numeric", maxlength: 5, placeholder, value, autocomplete: "off", "aria-label": this.text(label, {day: this.name, number}), onblur: tidy, oninput: () => this.#typed()});
    const [first, second] = [made("hours.from", from, "09:00"), made("hours.to", to, "18:00")];
    const next = h("span", {class: "next-day quiet", hidden: true}, this.text("hours.next_day"));
    const gone = h("button", {type: "button", class: "button bare small", "aria-label": this.text("hours.remove", {day: this.name, number}), title: this.text("hours.remove.short"), onclick: () => this.#remove(row)}, icon(ICONS.close));
    const row = {from: first, to: second, next, element: h("span", {class: "span"}, first, h("i", {"aria-hidden": "true"}, "–"), second, next, gone)};
    this.#rows.push(row);
    this.list.append(row.element);
    this.#show();
    if (!isNew) return;
    first.focus();
    this.changed();
  }

  /** @param {Row} row */
  #remove(row) {
    this.#rows = this.#rows.filter((one) => one !== row);
    row.element.remove();
    this.#show();
    this.add.focus();
    this.changed();
  }

  #typed() {
    this.#show();
    this.changed();
  }

  #show() {
    this.none.hidden = this.#rows.length > 0;
    this.add.hidden = this.#rows.length >= SPANS_MAX;
    for (const {from, to, next} of this.#rows) {
      const span = parseSpan(`${from.value}-${to.value}`);
      next.hidden = !span || span.end <= DAY_MINUTES;
    }
  }
}

/** @param {string} words */
function neat(words) {
  const minutes = parseTime(words);
  return minutes === null ? words.trim() : timeWords(minutes);
}

/** What was typed, as it is meant. @param {Event} event */
function tidy(event) {
  const field = /** @type {HTMLInputElement} */ (event.target);
  field.value = neat(field.value);
}

/** A day as a line from midnight to midnight, for the eye: what is open, and where it is now. */
export class Track {
  constructor() {
    this.element = h("div", {class: "day-track", "aria-hidden": "true"});
  }

  /** @param {readonly string[]} spans @param {readonly string[]} before the day before: what goes on after midnight @param {number | null} now in minutes */
  show(spans, before, now) {
    const open = spans.map(parseSpan).filter((one) => one !== null);
    const late = before.map(parseSpan).filter((one) => one !== null && one.end > DAY_MINUTES).map((one) => ({begin: 0, end: /** @type {{end: number}} */ (one).end - DAY_MINUTES}));
    const bars = [...late, ...open].map(({begin, end}) => {
      const bar = h("i", {class: "open"});
      bar.style.setProperty("inset-inline-start", `${(begin / DAY_MINUTES) * 100}%`);
      bar.style.setProperty("inline-size", `${((Math.min(end, DAY_MINUTES) - begin) / DAY_MINUTES) * 100}%`);
      return bar;
    });
    const hand = now === null ? null : h("i", {class: "now"});
    hand?.style.setProperty("inset-inline-start", `${(/** @type {number} */ (now) / DAY_MINUTES) * 100}%`);
    this.element.replaceChildren(...bars, ...(hand ? [hand] : []));
  }
}
