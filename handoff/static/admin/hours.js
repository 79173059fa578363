/** @import {Desk} from "../desk.js" */
/** @import {Timetable} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {h} from "/static/dom.js";
import {Problem} from "../api.js";
import {addressOfDetail, detail, empty, failed, frame, loading} from "./frame.js";
import {Guard} from "./guard.js";
import {HoursForm} from "./hours_form.js";

const PAGE = "hours";

/** @param {Desk} desk @param {Say} text */
export function open(desk, text) {
  return new HoursPage(desk, text);
}

/** The timetables of the configuration, one at a time: when people are there, and which queues follow it. */
class HoursPage {
  /** @type {Map<string, Timetable>} */ #tables = new Map();
  /** @type {HoursForm | null} */ #form = null;
  #shown = "";

  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
    const {element, main} = frame(desk, text, PAGE);
    this.element = element;
    this.tabs = h("nav", {class: "segments tables", "aria-label": text(`menu.${PAGE}`)});
    this.body = h("div", {}, loading(text, 8));
    main.append(this.tabs, this.body);
    this.guard = new Guard(text);
    this.guard.isDirty = () => this.#form?.isDirty ?? false;
    addEventListener("hashchange", this.#moved);
    this.deaf = desk.hear("hours", () => this.#read());
    this.#read();
  }

  stop() {
    this.guard.stop();
    this.deaf();
    this.#form?.stop();
    removeEventListener("hashchange", this.#moved);
  }

  async #read() {
    try {
      const {items} = await this.desk.api.get(`${PAGE}?limit=200`);
      this.#tables = new Map(items.map((/** @type {Timetable} */ one) => [one.name, one]));
      this.#show();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (!this.#tables.size) this.body.replaceChildren(failed(this.text, error, () => this.#read()));
    }
  }

  #moved = () => this.#show();

  #show() {
    const {text} = this;
    const table = this.#tables.get(detail() ?? "") ?? [...this.#tables.values()][0];
    this.#tell(table?.name ?? "");
    if (!table) return this.body.replaceChildren(empty(text("hours.none"), h("p", {class: "quiet"}, text("hours.none.how"))));
    if (this.#shown === table.name && (this.#form?.isDirty || this.#form?.table.version === table.version)) return;
    this.#shown = table.name;
    this.#form?.stop();
    this.#form = new HoursForm(this.desk, text, table, (saved) => this.#saved(saved));
    this.body.replaceChildren(this.#form.element);
  }

  /** @param {string} name */
  #tell(name) {
    this.tabs.hidden = this.#tables.size < 2;
    const links = [...this.#tables.values()].map((one) => h("a", {href: addressOfDetail(PAGE, one.name), "aria-current": one.name === name && "page", dir: "auto"}, h("i", {class: `dot${one.is_open ? " on" : ""}`}), one.name));
    this.tabs.replaceChildren(...links);
  }

  /** @param {Timetable} saved */
  #saved(saved) {
    this.#tables.set(saved.name, saved);
    this.#tell(saved.name);
  }
}
