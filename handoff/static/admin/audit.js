/** @import {Desk} from "../desk.js" */
/** @import {AuditEvent} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {attribute, h, say} from "/static/dom.js";
import {Problem} from "../api.js";
import {button, fill} from "../parts.js";
import {trouble} from "../words.js";
import {empty, failed, frame, ICONS, loading} from "./frame.js";
import {ACTIONS, line} from "./audit_line.js";

const PAGE = "audit";
const COUNT = 50;
/** Whoever acts without an account. */
const OTHERS = ["system", "command", "customer", "unknown"];

/** @param {Desk} desk @param {Say} text */
export function open(desk, text) {
  return new Audit(desk, text);
}

/** Who changed what, newest first, for as far back as anybody scrolls; and whether the record is whole. */
class Audit {
  /** @type {AuditEvent[]} */ #events = [];
  /** @type {string | null} */ #next = null;
  /** Which question the answers belong to. */
  #asked = 0;
  #isReading = false;

  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
    this.verify = button(text("audit.verify"), () => this.#verify(), {kind: "primary", drawing: ICONS.good, act: "verify"});
    const {element, main} = frame(desk, text, PAGE, this.verify);
    this.element = element;
    this.who = h("select", {"aria-label": text("audit.who"), onchange: () => this.#ask()}, h("option", {value: ""}, text("audit.anybody")));
    this.what = h("select", {"aria-label": text("audit.what"), onchange: () => this.#ask()}, h("option", {value: ""}, text("audit.anything")), ...this.#actions());
    this.proof = h("div", {class: "proof-box", role: "status", hidden: true});
    this.list = h("ol", {class: "rows audit-rows"});
    this.more = button(text("audit.more"), () => this.#read(), {kind: "small"});
    this.state = h("div", {});
    this.tail = h("div", {class: "tail"}, this.more);
    main.append(h("div", {class: "toolbar"}, this.who, this.what, button(text("audit.newest"), () => this.#ask(), {drawing: ICONS.again, isBare: true})), this.proof, this.list, this.state, this.tail);
    this.watch = new IntersectionObserver((entries) => entries.some((one) => one.isIntersecting) && this.#read());
    this.watch.observe(this.tail);
    this.#people();
    this.#ask();
  }

  stop() {
    this.watch.disconnect();
  }

  #actions() {
    const {text} = this;
    return Object.entries(ACTIONS).map(([group, actions]) => h("optgroup", {label: text(`audit.group.${group}`)}, ...actions.map((action) => h("option", {value: action}, text(`audit.${action}`)))));
  }

  /** Everybody who may stand in the log. */
  #people() {
    const {text, desk} = this;
    const people = [...desk.people.values()].sort((a, b) => a.shown_name.localeCompare(b.shown_name, text.language));
    if (people.length === this.who.options.length - 1 - OTHERS.length) return;
    const chosen = this.who.value;
    this.who.replaceChildren(h("option", {value: ""}, text("audit.anybody")), ...people.map((one) => h("option", {value: one.id}, one.shown_name)), ...OTHERS.map((one) => h("option", {value: one}, text(`actor.${one}`))));
    this.who.value = chosen;
  }

  render() {
    this.#people();
  }

  /** Begins anew. */
  #ask() {
    this.#asked++;
    [this.#events, this.#next, this.#isReading] = [[], null, false];
    fill(this.list, []);
    this.state.replaceChildren(loading(this.text, 8));
    this.#read(true);
  }

  async #read(isFirst = false) {
    if (this.#isReading || (!isFirst && !this.#next)) return;
    this.#isReading = true;
    const asked = this.#asked;
    const query = new URLSearchParams({limit: String(COUNT), ...(this.who.value && {actor: this.who.value}), ...(this.what.value && {action: this.what.value}), ...(this.#next && {after: this.#next})});
    try {
      const {items, next} = await this.desk.api.get(`${PAGE}?${query}`);
      if (asked !== this.#asked) return;
      this.#events.push(...items);
      this.#next = next;
      this.#isReading = false;
      this.#show();
      this.watch.unobserve(this.tail); // what is still in sight is no news to a watch that has said so while we read
      this.watch.observe(this.tail);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (asked !== this.#asked) return;
      this.#isReading = false;
      this.tail.hidden = true;
      this.state.replaceChildren(failed(this.text, error, () => (this.state.replaceChildren(), this.#read(!this.#events.length))));
    }
  }

  #show() {
    const {text, desk} = this;
    let day = "";
    const things = this.#events.flatMap((event, index) => {
      const date = new Date(event.at).toLocaleDateString(text.language, {year: "numeric", month: "long", day: "numeric", weekday: "short"});
      const heading = date === day ? [] : [{key: `day/${date}`, sign: date, make: () => h("li", {class: "folder"}, h("h3", {}, date))}];
      day = date;
      return [...heading, {key: `${this.#asked}/${index}`, sign: "", make: () => line(desk, text, event)}];
    });
    fill(this.list, things);
    this.tail.hidden = !this.#next;
    this.state.replaceChildren(...(things.length ? (this.#next ? [] : [h("p", {class: "quiet end"}, text("audit.end"))]) : [empty(text("audit.none"))]));
    if (this.#next && this.tail.getBoundingClientRect().top < innerHeight) this.#read();
  }

  /** Goes over the whole chain, a stretch at a time. */
  async #verify() {
    const {text} = this;
    if (this.verify.getAttribute("aria-disabled")) return;
    attribute(this.verify, "aria-disabled", "true");
    this.proof.hidden = false;
    attribute(this.proof, "data-tone", null);
    say(this.proof, text("audit.verifying", {count: 0}));
    try {
      for (let after = "0"; after; ) {
        const {checked, next, broken} = await this.desk.api.get(`${PAGE}/verify?after=${after}`);
        after = broken ? "" : next;
        if (after) say(this.proof, text("audit.verifying", {count: Number(checked).toLocaleString(text.language)}));
        else this.#prove(checked, broken);
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      attribute(this.proof, "data-tone", "bad");
      say(this.proof, trouble(text, error));
    }
    attribute(this.verify, "aria-disabled", null);
  }

  /** @param {number} checked @param {{after: number, why: string} | null} broken */
  #prove(checked, broken) {
    const {text} = this;
    const count = Number(checked).toLocaleString(text.language);
    attribute(this.proof, "data-tone", broken ? "bad" : "good");
    const more = broken ? [h("p", {}, text("audit.broken.words")), h("p", {class: "code", dir: "auto"}, `#${broken.after}: ${broken.why}`)] : [];
    this.proof.replaceChildren(h("b", {}, text(broken ? "audit.broken" : "audit.whole", {count})), ...more);
  }
}
