/** @import {Desk} from "../desk.js" */
/** @import {Finding, Health, Pulse} from "../shapes.js" */
/** @import {Thing} from "../parts.js" */
/** @import {Say} from "../words.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {Problem} from "../api.js";
import {clock, momentOf, since, ticking} from "../moments.js";
import {button, chip, fill} from "../parts.js";
import {named, trouble} from "../words.js";
import {failed, frame, ICONS, loading} from "./frame.js";

const PAGE = "health";
const AGAIN_MS = 30_000;
const LONG_AGO_S = 3600;
/** A channel of calls fetches nothing: it is there or it is not. */
const PHONE = "phone";

/** @param {Desk} desk @param {Say} text */
export function open(desk, text) {
  return new HealthPage(desk, text);
}

/** Whether every part and every channel works; where one does not, why and what to do. */
class HealthPage {
  /** @type {Health | null} */ #health = null;
  #isTrying = false;

  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
    this.now = button(text("health.now"), () => this.#try(), {kind: "primary", drawing: ICONS.again, act: "try"});
    const {element, main} = frame(desk, text, PAGE, this.now);
    this.element = element;
    this.sum = h("p", {class: "sum", role: "status"});
    this.at = ticking(h("span", {class: "quiet at"}), () => this.#ago());
    this.bar = h("div", {class: "progress", hidden: true}, h("i", {}));
    this.said = h("p", {class: "wrong", role: "alert"});
    this.head = h("div", {class: "health-head", hidden: true}, this.sum, this.at);
    this.parts = this.#section("health.parts");
    this.channels = this.#section("health.channels");
    this.state = h("div", {}, loading(text, 6));
    this.lists = h("div", {class: "health-lists", hidden: true}, this.channels.element, this.parts.element);
    main.append(this.head, this.bar, this.said, this.state, this.lists);
    this.timer = setInterval(() => document.hidden || this.#isTrying || this.#read("get"), AGAIN_MS);
    this.#read("get");
  }

  stop() {
    clearInterval(this.timer);
  }

  /** @param {string} name */
  #section(name) {
    const list = h("ul", {class: "rows"});
    return {list, element: h("section", {}, h("h3", {}, this.text(name)), list)};
  }

  /** @param {"get" | "post"} how */
  async #read(how) {
    try {
      this.#health = /** @type {Health} */ (await this.desk.api[how](`${PAGE}?lang=${encodeURIComponent(this.text.language)}`));
      say(this.said, "");
      this.state.replaceChildren();
      this.#show(this.#health);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (this.#health) say(this.said, trouble(this.text, error));
      else this.state.replaceChildren(failed(this.text, error, () => this.#read("get")));
    }
  }

  async #try() {
    if (this.#isTrying) return;
    this.#isTrying = true;
    this.bar.hidden = false;
    attribute(this.now, "aria-disabled", "true");
    say(this.sum, this.text("health.trying"));
    await this.#read("post").finally(() => {
      this.#isTrying = false;
      this.bar.hidden = true;
      attribute(this.now, "aria-disabled", null);
      if (this.#health) this.#show(this.#health);
    });
  }

  #ago() {
    const at = this.#health?.checked_at;
    if (!at) return "";
    return this.text("health.checked", {at: since(at) < LONG_AGO_S ? this.text("agents.ago", {time: clock(since(at))}) : momentOf(at, this.text)});
  }

  /** @param {Health} health */
  #show({findings, channels}) {
    const {text} = this;
    const bad = findings.filter((one) => !one.ok).length;
    say(this.sum, bad ? text("health.bad", {bad, count: findings.length}) : text("health.good", {count: findings.length}));
    attribute(this.sum, "data-tone", bad ? "bad" : "good");
    say(this.at, this.#ago());
    [this.head.hidden, this.lists.hidden] = [false, false];
    const ofChannels = channels.map((one) => ({...one, part: one.name}));
    const parts = findings.filter(({part}) => !part.startsWith("channel "));
    fill(this.channels.list, byBadness(ofChannels).map((one) => this.#row(one, one.type)));
    fill(this.parts.list, byBadness(parts).map((one) => this.#row(one, "")));
    this.channels.element.hidden = !channels.length;
  }

  /** How what customers send is fetched: when it last was, what waits, and whether that is too long ago. @param {Pulse} pulse */
  #fetching({success_at: at, behind_count: count, is_alarm: isAlarm}) {
    const {text} = this;
    const when = at ? text("health.fetched", {at: since(at) < LONG_AGO_S ? text("agents.ago", {time: clock(since(at))}) : momentOf(at, text)}) : text("health.not_fetched");
    const words = [when, text(count ? "health.behind" : "health.all_fetched", {count}), isAlarm ? text("health.fetch_late") : ""];
    return h("p", {class: `fetching${isAlarm ? " late" : ""}`}, words.filter(Boolean).join(" · "));
  }

  /** How a number that people call takes their calls: whether its line is there, and how many are on it. @param {Pulse} pulse */
  #line({success_at: at, is_alarm: isAlarm, trouble: why, counts = {}}) {
    const {text} = this;
    const when = at ? text("health.line_at", {at: since(at) < LONG_AGO_S ? text("agents.ago", {time: clock(since(at))}) : momentOf(at, text)}) : text("health.line_never");
    const lost = (counts.refused ?? 0) + (counts.failed ?? 0) + (counts.lost ?? 0);
    const words = [text(isAlarm ? "health.line_down" : "health.line_up"), when, text("health.line_calls", {count: counts.now ?? 0}), lost ? text("health.line_lost", {count: lost}) : "", why ? named(text, "health.trouble", why) : ""];
    return h("p", {class: `fetching${isAlarm || why ? " late" : ""}`}, words.filter(Boolean).join(" · "));
  }

  /** @param {Finding & {pulse?: Pulse | null}} one @param {string} type of a channel; else it is a part @returns {Thing} */
  #row(one, type) {
    const {text} = this;
    const make = () =>
      h(
        "li",
        {class: `finding${one.ok ? "" : " bad"}`},
        h("span", {class: "mark"}, icon(one.ok ? ICONS.good : ICONS.bad)),
        h(
          "div",
          {class: "finding-words"},
          h("p", {class: "finding-top"}, h("b", {dir: "auto"}, type ? one.part : named(text, "part", one.part)), type ? chip(named(text, "channel", type)) : null, h("span", {class: "finding-state"}, text(one.ok ? "health.ok" : "health.failed"))),
          h("p", {class: "quiet why", dir: "auto"}, one.why),
          one.pulse ? (type === PHONE ? this.#line(one.pulse) : this.#fetching(one.pulse)) : null,
          one.todo ? h("p", {class: "todo", dir: "auto"}, h("b", {}, text("health.todo")), one.todo) : null,
        ),
        one.ms ? h("span", {class: "quiet ms"}, text("health.ms", {ms: one.ms < 10 ? one.ms.toFixed(1) : Math.round(one.ms)})) : null,
      );
    return {key: `${type}/${one.part}`, sign: JSON.stringify(one), make};
  }
}

/** What does not work stands first. @template {{ok: boolean}} T @param {T[]} all */
const byBadness = (all) => [...all].sort((a, b) => Number(a.ok) - Number(b.ok));
