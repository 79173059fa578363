/** @import {Desk} from "../desk.js" */
/** @import {Hours, Timetable} from "../shapes.js" */
/** @import {Fault} from "./form.js" */
/** @import {Say} from "../words.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {Problem} from "../api.js";
import {momentOf, now} from "../moments.js";
import {button, chip} from "../parts.js";
import {queueOf, trouble} from "../words.js";
import {conflict, differences} from "./conflict.js";
import {Dates} from "./dates.js";
import {choices, Form} from "./form.js";
import {ask, ICONS} from "./frame.js";
import {Spans, Track} from "./spans.js";
import {dateName, dayName, DAYS, isZone, standing, timeWords, wallClock, weekdayOf} from "./timetable.js";

const WORKDAYS = 5;
const AGAIN_MS = 20_000;

/** One timetable: its week, its special days, its zone; and what that means just now. */
export class HoursForm {
  /** @param {Desk} desk @param {Say} text @param {Timetable} table @param {(saved: Timetable) => void} saved */
  constructor(desk, text, table, saved) {
    this.desk = desk;
    this.text = text;
    this.table = table;
    this.saved = saved;
    this.zone = h("input", {list: "zones", autocomplete: "off", spellcheck: "false", autocapitalize: "off", dir: "ltr", class: "zone"});
    const zones = h("datalist", {id: "zones"}, ...Intl.supportedValuesOf("timeZone").map((value) => h("option", {value})));
    this.form = new Form(text, {name: text("menu.hours"), read: () => this.value, check: () => this.#check(), save: (value) => this.#save(value)});
    this.days = DAYS.map((day, index) => this.#day(day, index));
    this.dates = new Dates(text, wallClock(isZone(table.hours.timezone) ? table.hours.timezone : "UTC", now()).date, () => this.form.touched());
    this.now = h("p", {class: "now-line", role: "status"});
    this.about = h("p", {class: "quiet about-hours"});
    this.file = button(text("hours.reset"), () => this.#reset(), {kind: "small", act: "reset-hours"});
    this.form.revert = () => (this.#fill(), this.form.touched());
    const week = h("div", {class: "week"}, ...this.days.map((one) => one.element));
    this.form.fields.append(h("section", {}, h("h3", {}, text("hours.week")), week), h("section", {}, h("h3", {}, text("hours.dates")), h("p", {class: "help quiet"}, text("hours.dates.hint")), this.dates.element), this.form.field("timezone", text("hours.zone"), this.zone, {hint: text("hours.zone.hint")}), zones);
    this.head = h("div", {class: "hours-head"}, h("div", {}, this.now, this.about), this.file);
    this.element = h("div", {class: "hours-form"}, this.head, this.form.element);
    this.form.element.addEventListener("input", () => this.#look());
    this.form.element.addEventListener("change", () => this.#look());
    this.timer = setInterval(() => this.#look(), AGAIN_MS);
    this.#fill();
    this.form.settle();
    this.#tell();
  }

  stop() {
    clearInterval(this.timer);
  }

  get isDirty() {
    return this.form.isDirty;
  }

  /** @returns {Hours} */
  get value() {
    const week = Object.fromEntries(this.days.map(({day, spans}) => [day, spans.value]));
    return /** @type {Hours} */ ({timezone: this.zone.value.trim(), ...week, ...this.dates.value});
  }

  /** @param {typeof DAYS[number]} day @param {number} index */
  #day(day, index) {
    const {text} = this;
    const name = dayName(index, text.language);
    const spans = new Spans(text, name, () => this.#changed());
    const track = new Track();
    const wrong = h("p", {class: "wrong"});
    const copy = h("button", {type: "button", class: "button bare small", "aria-label": text("hours.copy", {day: name}), title: text("hours.copy", {day: name}), onclick: () => this.#copy(index)}, icon(ICONS.copyTo));
    const element = h("div", {class: "week-day"}, h("span", {class: "week-day-name"}, name), spans.element, track.element, copy, wrong);
    this.form.spot(day, spans.element, wrong);
    return {day, name, spans, track, element};
  }

  #fill() {
    const {hours} = this.table;
    this.zone.value = hours.timezone;
    for (const {day, spans} of this.days) spans.value = [...hours[day]];
    this.dates.show(hours);
    this.#look();
  }

  #changed() {
    this.form.touched();
    this.#look();
  }

  /** What these hours mean now, saved or not. */
  #look() {
    const {text, value} = this;
    const isKnown = isZone(value.timezone);
    const clock = isKnown ? wallClock(value.timezone, now()) : null;
    this.days.forEach(({spans, track, element}, index) => {
      const isToday = clock !== null && weekdayOf(clock.date) === index;
      track.show(spans.value, value[DAYS[(index + 6) % 7]], isToday ? clock.minutes : null);
      attribute(element, "data-today", isToday);
    });
    if (!isKnown) return say(this.now, "");
    const stands = standing(value, now());
    attribute(this.now, "data-open", stands.isOpen);
    say(this.now, this.form.isDirty ? text("now.then", {words: nowWords(text, stands)}) : nowWords(text, stands));
  }

  /** Where it comes from, and who follows it. */
  #tell() {
    const {text, table, desk} = this;
    const queues = table.queues.map((name) => queueOf(text, desk, name));
    const who = table.changed_by_name || desk.nameOf(table.changed_by);
    const source = table.source === "desk" && table.changed_at ? text("hours.from_desk", {name: who, at: momentOf(table.changed_at, text)}) : text("hours.from_file");
    this.about.replaceChildren(queues.length ? text("hours.queues", {names: queues.join(text("list.and"))}) : text("hours.unused"), " · ", source, ...(queues.length ? [] : [" ", chip(text("hours.idle"), "warn")]));
    this.file.hidden = table.source !== "desk";
    const problems = table.problems ?? [];
    if (problems.length) this.form.blame(problems);
  }

  /** @param {number} from */
  async #copy(from) {
    const {text} = this;
    const others = this.days.map(({name}, index) => ({value: String(index), words: name})).filter(({value}) => value !== String(from));
    const chosen = others.map(({value}) => value).filter((value) => from < WORKDAYS && Number(value) < WORKDAYS);
    const picked = choices(others, chosen);
    if (!(await ask(text, {title: text("hours.copy.title", {day: this.days[from].name}), words: picked.element, act: text("hours.copy.do")}))) return;
    for (const index of picked.value) this.days[Number(index)].spans.value = [...this.days[from].spans.value];
    this.#changed();
  }

  /** @returns {Fault[]} */
  #check() {
    this.dates.place(this.form);
    const faults = this.days.filter(({spans}) => spans.fault).map(({day, spans}) => ({key: /** @type {string} */ (day), message: spans.fault}));
    faults.push(...this.dates.check());
    if (!isZone(this.zone.value.trim())) faults.push({key: "timezone", message: this.text("hours.zone.wrong")});
    return faults;
  }

  /** @param {Hours} hours */
  async #save(hours) {
    const {name, version} = this.table;
    try {
      this.#settle((await this.desk.api.put(`hours/${encodeURIComponent(name)}`, {hours, version})).hours, this.text("hours.saved"));
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "stale") throw error;
      await this.#disagree(hours);
    }
  }

  /** @param {Timetable} table @param {string} words */
  #settle(table, words) {
    this.table = table;
    this.saved(table);
    this.#fill();
    this.form.settle(words);
    this.#look();
    this.#tell();
    this.element.querySelector(".conflict")?.remove();
  }

  /** Somebody else has set these hours meanwhile. @param {Hours} mine */
  async #disagree(mine) {
    const {text} = this;
    const {items} = await this.desk.api.get("hours?limit=200");
    const table = /** @type {Timetable | undefined} */ (items.find((/** @type {Timetable} */ one) => one.name === this.table.name));
    if (!table) throw new Problem(404, "not_found", "");
    const days = this.days.map(({day, name}) => ({name, words: (/** @type {Hours} */ one) => one[day].join(text("list.and")) || text("hours.closed")}));
    const special = (/** @type {Hours} */ one) => [...one.closed, ...Object.entries(one.open).map(([date, spans]) => `${date} ${spans.join(" ")}`)].sort().join(text("list.and"));
    const fields = [...days, {name: text("hours.dates"), words: special}, {name: text("hours.zone"), words: (/** @type {Hours} */ one) => one.timezone}];
    const who = table.changed_by_name || this.desk.nameOf(table.changed_by);
    const take = () => this.#settle(table, "");
    const keep = () => ((this.table = table), box.remove(), this.form.element.requestSubmit());
    const box = conflict(text, {who, when: table.changed_at ? momentOf(table.changed_at, text) : "", differences: differences(table.hours, mine, fields), take, keep});
    this.element.querySelector(".conflict")?.remove();
    this.head.after(box);
    box.focus();
  }

  async #reset() {
    const {text} = this;
    const {name, version} = this.table;
    if (!(await ask(text, {title: text("hours.reset.title"), words: text("hours.reset.words", {name}), act: text("hours.reset"), tone: "danger"}))) return;
    try {
      this.#settle((await this.desk.api.delete(`hours/${encodeURIComponent(name)}?version=${version}`)).hours, text("hours.reset.done"));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(this.form.said, trouble(text, error));
    }
  }
}

/** @param {Say} text @param {import("./timetable.js").Standing} stands */
function nowWords(text, stands) {
  if (stands.date === null) return text(stands.isOpen ? "now.always" : "now.never");
  const when = stands.isToday ? timeWords(stands.minutes) : `${dateName(stands.date, text.language)} ${timeWords(stands.minutes)}`;
  return text(stands.isOpen ? "now.open" : "now.closed", {at: when});
}
