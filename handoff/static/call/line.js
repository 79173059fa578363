/** @import {Conversation} from "../conversation.js" */
/** @import {CallFacts} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {attribute, h, icon} from "/static/dom.js";
import {button, fill} from "../parts.js";
import {callButton, mayCall} from "./back.js";
import {SIGNS} from "./signs.js";
import {standOf} from "./stage.js";

/**
 * How what is written here reaches the caller: read `aloud`; not at all, because they talk, are about to, or are away (`talks`, `rings`,
 * `held`), are kept waiting by their agent (`paused`), are being called (`calling`), or wait behind a talk that is over (`parted`); or because
 * `nobody` is on the line. "": it is no call, or not this agent's.
 * @typedef {"aloud" | "talks" | "rings" | "held" | "paused" | "calling" | "parted" | "nobody" | ""} Way
 */

/** @param {Conversation} open @returns {Way} */
export function wayOf({call, isMine, session}) {
  if (!call || !isMine) return "";
  if (!call.is_up) return standOf(call) === "calling" ? "calling" : "nobody";
  if (call.stage === "talking") return session?.state === "on_hold" ? "paused" : "talks";
  if (call.stage === "held") return "held";
  if (call.stage === "up" && call.why && call.speaks === "phone") return "parted";
  return call.speaks === "phone" || call.stage === "ringing" ? "rings" : "aloud";
}

/** Whether words to the customer can be written at all. @param {Conversation} open */
export const canSpeak = (open) => ["", "aloud"].includes(wayOf(open));

/** @type {Record<Exclude<Way, "">, string>} */
const DRAWN = {aloud: SIGNS.aloud, talks: SIGNS.phone, rings: SIGNS.rings, held: SIGNS.held, paused: SIGNS.held, calling: SIGNS.rings, parted: SIGNS.phone, nobody: SIGNS.over};

/** Above the composer of a conversation by phone: what becomes of what is written, and what can be done where nobody hears it. */
export class CallLine {
  /** @param {Say} text @param {Conversation} open @param {{reach: () => void, hasWords: () => boolean}} deeds */
  constructor(text, open, deeds) {
    this.text = text;
    this.open = open;
    this.deeds = deeds;
    this.said = h("p", {class: "wrong", role: "alert"});
    this.body = h("div", {});
    this.element = h("section", {class: "call-line", "aria-label": text("call.line"), hidden: true}, this.body);
  }

  render() {
    const {open, body} = this;
    const way = wayOf(open);
    this.element.hidden = !way || Boolean(open.problem);
    if (!way || !open.call) return;
    if (!this.said.isConnected) this.element.append(this.said);
    const {call} = open;
    attribute(this.element, "data-way", way);
    const sign = JSON.stringify([way, call.hears, call.back, mayCall(open), this.deeds.hasWords()]);
    fill(body, [{key: "line", sign, make: () => this.#line(way, call)}]);
  }

  /** @param {Exclude<Way, "">} way @param {CallFacts} call */
  #line(way, call) {
    const {text, open, deeds} = this;
    const hears = way === "aloud" ? text(call.hears ? "call.hears" : "call.deaf") : "";
    const kept = way !== "aloud" && deeds.hasWords() ? text("call.kept") : "";
    const why = way === "nobody" && !call.back.may ? text(`error.${call.back.why}`) : "";
    const buttons = way === "nobody" ? h("div", {class: "buttons"}, mayCall(open) ? callButton(text, open, this.said, "small") : null, button(text("reach"), deeds.reach, {kind: "small", act: "reach"})) : null;
    return h(
      "div",
      {class: "call-way"},
      h("p", {}, icon(DRAWN[way]), h("span", {}, h("b", {}, text(`call.way.${way}`)), ...[hears, why, kept].filter(Boolean).map((words) => ` ${words}`))),
      buttons,
    );
  }
}
