/** @import {Conversation} from "../conversation.js" */
/** @import {CallFacts} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {copier} from "../about/facts.js";
import {ticking} from "../moments.js";
import {fill} from "../parts.js";
import {named} from "../words.js";
import {DRAWINGS} from "../talk/drawings.js";
import {callButton, mayCall, refusal} from "./back.js";
import {player} from "./heard.js";
import {signOf, standOf, timeOf, toneOf, whyOf} from "./stage.js";

/** The states in which somebody has a place in the line. */
const WAITS = ["queued", "offered"];
/** The stages that want a sentence of their own beside their word and their reason. */
const SAID = ["ringing", "calling", "missed", "callback", "voicemail", "away", "held"];

/**
 * Under the head of a conversation by phone: how the call stands, from second to second; whose number it is, and whether anything proves
 * that; whether the customer can be called now; the recording, and who may hear it. A screen reader hears of every new stage.
 */
export class CallCard {
  #stage = "";

  /** @param {Say} text @param {Conversation} open */
  constructor(text, open) {
    this.text = text;
    this.open = open;
    this.said = h("p", {class: "wrong", role: "alert"});
    this.told = h("p", {class: "hidden", role: "status"});
    this.body = h("div", {class: "call-body"});
    this.element = h("section", {class: "call-card", "aria-label": text("call"), hidden: true}, this.body, this.said, this.told);
  }

  render() {
    const {open} = this;
    const {call} = open;
    this.element.hidden = !call || Boolean(open.problem);
    if (!call) return;
    attribute(this.element, "data-tone", toneOf(call) || null);
    attribute(this.element, "data-stage", standOf(call));
    const sign = JSON.stringify([standOf(call), call.since, call.number, call.why, call.is_proven, call.back, call.recording?.id, open.isMine, open.session?.state]);
    fill(this.body, [{key: "call", sign, make: () => this.#card(call)}]);
    this.#tell(call);
  }

  /** @param {CallFacts} call */
  #card(call) {
    const {text, open} = this;
    const clock = ticking(h("b", {class: "call-time", role: "timer"}), () => timeOf(call, text));
    return h(
      "div",
      {},
      h(
        "div",
        {class: "call-row"},
        h("span", {class: "call-sign", "aria-hidden": "true"}, icon(signOf(call))),
        h("div", {class: "call-with"}, h("p", {class: "call-stands"}, h("b", {}, named(text, "call.stage", standOf(call))), clock, this.#number(call)), this.#words(call)),
        mayCall(open) ? callButton(text, open, this.said) : null,
      ),
      call.recording ? this.#recording(call.recording) : null,
    );
  }

  /** @param {CallFacts} call */
  #number({number, shown, is_proven: isProven}) {
    const {text} = this;
    if (!number) return h("span", {class: "call-number"}, text("call.withheld"));
    const proof = isProven ? null : h("span", {class: "call-doubt", title: text("call.unproven_say")}, icon(DRAWINGS.warn), text("call.unproven"));
    return h("span", {class: "call-number"}, h("bdi", {}, shown), copier(text, text("call.number"), () => number), proof);
  }

  /** @param {CallFacts} call */
  #words(call) {
    const {text, open} = this;
    const why = whyOf(text, call);
    const {back} = call;
    const stand = standOf(call);
    const isParted = stand === "up" && Boolean(call.why); // their colleague's phone has let go of them
    const isOwed = stand === "callback" && why; // they have not hung up: the line broke
    const isPaused = stand === "talking" && open.session?.state === "on_hold";
    const words = [isPaused ? text("call.say.paused") : isParted ? text("call.say.parted") : isOwed ? text("call.say.owed") : SAID.includes(stand) ? text(`call.say.${stand}`) : "", call.wants_callback && WAITS.includes(open.session?.state ?? "") ? text("call.place") : "", why, open.isMine && !call.is_up && stand !== "calling" && !back.may ? refusal(text, back.why) : ""];
    const shown = words.filter(Boolean).join(" · ");
    return shown ? h("p", {class: "call-words"}, shown) : null;
  }

  /** @param {import("../shapes.js").FileRef} file */
  #recording(file) {
    const {text, open} = this;
    return h("div", {class: "call-recording"}, h("p", {}, h("b", {}, text("call.recording")), " ", h("span", {class: "quiet"}, text("call.recording_say"))), player(text, file, open.id, text("call.recording")));
  }

  /** @param {CallFacts} call */
  #tell(call) {
    const before = this.#stage;
    this.#stage = standOf(call);
    if (before && before !== this.#stage) say(this.told, [named(this.text, "call.stage", this.#stage), whyOf(this.text, call)].filter(Boolean).join(this.text("comma")));
  }
}
