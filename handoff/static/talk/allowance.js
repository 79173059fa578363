/** @import {Conversation} from "../conversation.js" */
/** @import {Desk} from "../desk.js" */
/** @import {Window} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {ticking, until} from "../moments.js";
import {button, fill} from "../parts.js";
import {DRAWINGS} from "./drawings.js";

const [HOUR_S, TEN_S, MINUTE_S] = [3600, 600, 60];
/** @typedef {"calm" | "hour" | "ten" | "minute" | "shut"} Stage  How near the end is: each is said once, by word and by colour. */
/** @type {Record<Stage, string>} */
const SIGNS = {calm: DRAWINGS.clock, hour: DRAWINGS.clock, ten: DRAWINGS.warn, minute: DRAWINGS.warn, shut: DRAWINGS.shut};

/**
 * Above the composer on a channel that counts: how many messages may still go out, and until when, from second to second; and when nothing
 * may, why, and what can be done now. A screen reader hears of it an hour, ten minutes and a minute before the end, and at the end.
 */
export class Allowance {
  /** @type {Stage | null} */ #stage = null;

  /** @param {Desk} desk @param {Say} text @param {Conversation} open @param {{notice: () => void, reach: () => void}} deeds */
  constructor(desk, text, open, deeds) {
    this.desk = desk;
    this.text = text;
    this.open = open;
    this.deeds = deeds;
    this.body = h("div", {});
    this.told = h("p", {class: "hidden", role: "status"});
    this.element = h("section", {class: "allowance", "aria-label": text("window"), hidden: true}, this.body, this.told);
    this.unhear = desk.hear("pong", (frame) => frame.window_of === open.id && open.takeWindow(frame.window));
  }

  stop() {
    this.unhear();
  }

  /** Nothing goes out any more, as far as is known just now. */
  get isShut() {
    return Boolean(this.open.window) && stageOf(this.open) === "shut";
  }

  render() {
    const {open, body} = this;
    const {window} = open;
    this.element.hidden = !window || Boolean(open.problem) || open.session?.state === "closed";
    if (!window) return;
    const stage = stageOf(open);
    attribute(this.element, "data-stage", stage);
    attribute(this.element, "data-few", stage !== "shut" && window.left === 1);
    const sign = [stage, window.left, window.reserve, window.until, window.why, open.isMine].join("/");
    fill(body, [{key: "window", sign, make: () => (stage === "shut" ? this.#shut() : this.#left())}]);
    this.#tell(stage);
  }

  #left() {
    const {text, open} = this;
    const {left = 0, reserve = 0, until: end = ""} = open.window ?? {};
    const time = ticking(h("b", {role: "timer"}), () => {
      if (stageOf(open) !== this.#stage) this.desk.changed();
      return spanOf(text, until(end ?? ""));
    });
    return h(
      "p",
      {class: "left-now"},
      icon(left === 1 ? SIGNS.ten : SIGNS[stageOf(open)]),
      h("b", {}, left === 1 ? text("window.last") : text("window.left", {count: left})),
      h("span", {}, text("window.until"), " ", time),
      left === 1 ? h("span", {class: "quiet"}, text("window.at_once")) : reserve ? h("span", {class: "quiet"}, text("window.reserve", {count: Math.min(reserve, left)})) : null,
    );
  }

  #shut() {
    const {text, open, desk, deeds} = this;
    const why = open.window?.why || (open.window?.left ? "out_of_window" : ""); // its time was up while somebody looked on
    const channel = desk.settings.channels?.find(({name}) => name === open.session?.channel);
    return h(
      "div",
      {class: "shut-now"},
      h("p", {}, icon(SIGNS.shut), h("span", {}, h("b", {}, text("window.shut")), " ", text(text.has(`window.why.${why}`) ? `window.why.${why}` : "window.why.other"))),
      open.isMine ? h("p", {class: "quiet"}, text("window.kept")) : null,
      open.isMine
        ? h("div", {class: "buttons"}, channel?.notices && why !== "unreachable" ? button(text("notice.send"), deeds.notice, {kind: "small", act: "notice"}) : null, button(text("reach"), deeds.reach, {kind: "small", act: "reach"}))
        : null,
    );
  }

  /** Said aloud when it comes nearer, not when a conversation is opened with hours to go. @param {Stage} stage */
  #tell(stage) {
    const {text, open} = this;
    const before = this.#stage;
    this.#stage = stage;
    if (before === stage) return;
    say(this.told, stage === "calm" ? "" : stage === "shut" ? text("window.shut") : text("window.soon", {time: spanOf(text, until(open.window?.until ?? ""), true)}));
  }
}

/** How near the end is, of a conversation or of a session in a list. @param {{window?: Window | null}} open @returns {Stage} */
export function stageOf({window}) {
  const seconds = window?.left && window.until ? until(window.until) : 0;
  if (!seconds) return "shut";
  return seconds > HOUR_S ? "calm" : seconds > TEN_S ? "hour" : seconds > MINUTE_S ? "ten" : "minute";
}

/** Hours and minutes; seconds in the last minute. Said in round numbers where it is not looked at. @param {Say} text @param {number} seconds */
export function spanOf(text, seconds, isRound = false) {
  if (seconds <= MINUTE_S) return isRound ? text("window.minutes", {minutes: 1}) : text("window.seconds", {seconds: Math.ceil(seconds)});
  const minutes = isRound ? Math.ceil(seconds / 60) : Math.floor(seconds / 60);
  if (minutes < 60) return text("window.minutes", {minutes});
  return text("window.hours", {hours: Math.floor(minutes / 60), minutes: minutes % 60});
}
