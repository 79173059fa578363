/** @import {Conversation} from "../conversation.js" */
/** @import {Desk} from "../desk.js" */
/** @import {Session} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {h, say} from "/static/dom.js";
import {button, countdown, fill} from "../parts.js";
import {HOME} from "../place.js";
import {named, queueOf, trouble} from "../words.js";
import {copy} from "./bubbles.js";

/** Why there is nothing to write to the customer here, and what can be done instead. What was half written stays to be copied. */
export class Stand {
  /** @param {Desk} desk @param {Say} text @param {Conversation} open @param {(action: string) => void} act @param {() => string} draft */
  constructor(desk, text, open, act, draft) {
    this.desk = desk;
    this.text = text;
    this.open = open;
    this.act = act;
    this.draft = draft;
    this.element = h("div", {class: "lead"});
  }

  render() {
    const {open, desk} = this;
    const session = /** @type {Session} */ (open.session);
    const offer = open.problem ? undefined : desk.offers.get(open.id);
    const draft = open.isMine ? "" : this.draft();
    const sign = [offer?.expires_at, session.state, session.agent_name, session.close_reason, session.disposition, open.problem?.code, open.takenBy, Boolean(draft)].join("/");
    fill(this.element, open.isMine ? [] : [{key: "stand", sign, make: () => (offer ? this.#offered(offer) : this.#other(session, draft))}]);
  }

  /** @param {{offered_at: string, expires_at: string}} offer */
  #offered(offer) {
    const {text} = this;
    const buttons = [button(text("accept"), () => this.act("accept"), {kind: "primary", act: "accept"}), button(text("reject"), () => this.act("reject"), {act: "reject"})];
    return h("div", {class: "stand accent"}, h("p", {}, text("stand.offered")), countdown(offer.offered_at, offer.expires_at, text), h("div", {class: "buttons"}, ...buttons));
  }

  /** @param {Session} session @param {string} draft */
  #other(session, draft) {
    const {text, open} = this;
    const isWaiting = session.state === "queued" && !open.problem;
    const next = open.problem ? h("a", {class: "button", href: HOME}, text("stand.to_lists")) : isWaiting ? button(text("take"), () => this.act("accept"), {kind: "primary", act: "take"}) : null;
    return h("div", {class: `stand${open.problem ? " gone" : ""}`, role: open.problem ? "alert" : null}, h("p", {}, open.problem ? this.#gone(open.problem) : this.#stand(session)), next, draft ? this.#draft(draft) : null);
  }

  /** @param {string} draft */
  #draft(draft) {
    const {text} = this;
    const field = h("textarea", {readonly: true, rows: Math.min(6, draft.split("\n").length + 1), "aria-label": text("stand.draft"), dir: "auto"}, draft);
    const said = h("span", {class: "quiet", role: "status"});
    const take = async () => ((await copy(draft)) ? say(said, text("copied")) : (field.focus(), field.select()));
    return h("div", {class: "rescued"}, h("p", {class: "quiet"}, text("stand.draft")), field, h("div", {class: "buttons"}, button(text("copy"), () => void take(), {kind: "small", act: "copy"}), said));
  }

  /** @param {import("../api.js").Problem} problem */
  #gone(problem) {
    const {text, open, desk} = this;
    const name = desk.nameOf(open.takenBy);
    if (name) return text("gone.taken", {name});
    return problem.status === 404 ? text("gone") : trouble(text, problem);
  }

  /** @param {Session} session */
  #stand(session) {
    const {text, desk} = this;
    const queue = queueOf(text, desk, session.queue ?? "");
    if (this.open.isWrappingUp) return text(this.open.call ? "stand.hung_up" : "stand.wrap_up");
    switch (session.state) {
      case "queued":
        return text("stand.queued", {queue});
      case "offered":
        return text("stand.elsewhere");
      case "bot":
        return text("stand.bot");
      case "closed":
        return text("stand.closed", {reason: named(text, "disposition", session.disposition) || named(text, "close", session.close_reason)});
      default:
        return text("stand.colleague", {name: session.agent_name ?? ""});
    }
  }
}
