/** @import {Conversation} from "./conversation.js" */
/** @import {Say} from "./texts.js" */
import {tool} from "./bubble.js";
import {attribute, h, ICONS, say} from "./dom.js";
import {dayOf, shift, timeOf} from "./hours.js";
import {isWithAgent} from "./transcript.js";

const TIMER_MAX_MS = 86_400_000;
const BELL = "M6.5 16.5V11a5.5 5.5 0 0 1 11 0v5.5l1.5 1.5H5zM10 20.5h4";

/**
 * The top of the panel: who is there, where the session stands in words, and what can be done with it.
 */
export class Head {
  /** @type {number | undefined} */ #flip;

  /**
   * @param {Conversation} conversation @param {Say} text
   * @param {{close: () => void, end: () => void, sound: () => void}} acts
   */
  constructor(conversation, text, {close, end, sound}) {
    this.conversation = conversation;
    this.text = text;
    this.face = h("span", {class: "face", "aria-hidden": "true"});
    this.title = h("h2");
    this.stand = h("p", {class: "stand", role: "status"});
    this.sound = tool(text("sound"), BELL, sound);
    this.end = tool(text("end"), ICONS.end, end);
    this.element = h("div", {class: "head"}, this.face, h("div", {class: "who"}, this.title, this.stand), this.sound, this.end, tool(text("close"), ICONS.close, close));
  }

  stop() {
    clearTimeout(this.#flip);
  }

  /** @param {boolean} isCut  that the connection is gone is being said */
  render(isCut) {
    const {conversation} = this;
    const {state, agent} = conversation.stand;
    attribute(this.element, "data-away", null);
    const name = conversation.config.name || this.text("title");
    say(this.title, name);
    say(this.face, [...((isWithAgent(state) && agent) || name)][0]);
    say(this.stand, isCut ? this.text("connecting") : this.#standing());
    attribute(this.sound, "aria-pressed", String(conversation.keep.isLoud));
    this.end.hidden = !conversation.link.isOnline || !conversation.log.messages.length || ["closed", "wrap_up"].includes(state);
  }

  /** Where the session stands, in words. */
  #standing() {
    const {text} = this;
    const {state, agent, position, eta_s} = this.conversation.stand;
    if (isWithAgent(state)) return text(state === "on_hold" ? "standHold" : "standAgent", {name: agent || text("agent")});
    if (state === "closed") return text("standClosed");
    if (state !== "queued" && state !== "offered") return this.#present();
    const wait = eta_s == null ? "" : eta_s < 60 ? text("standSoon") : text("standEta", {n: Math.ceil(eta_s / 60)});
    return [position ? text("standPosition", {n: position}) : text("standQueued"), wait].filter(Boolean).join(" · ");
  }

  /** Whether people are there, and from when on; looks again when that changes. */
  #present() {
    const {text} = this;
    const {config, door, now} = this.conversation;
    const {isOpen, next} = shift(config.hours, now);
    clearTimeout(this.#flip);
    if (next) this.#flip = setTimeout(door.changed, Math.min(TIMER_MAX_MS, next.getTime() - now + 50));
    attribute(this.element, "data-away", !isOpen);
    if (isOpen) return text("standBot");
    return next ? text("standAway", {when: `${dayOf(next, text.locale, now)} ${timeOf(next, text.locale)}`}) : text("standClosedNow");
  }
}
