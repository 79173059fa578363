/** @import {Conversation} from "./conversation.js" */
/** @import {Desk} from "./desk.js" */
/** @import {Case, Customer, Packet, Trace} from "./shapes.js" */
/** @import {Thing} from "./parts.js" */
/** @import {Say} from "./words.js" */
import {h, icon, say} from "/static/dom.js";
import {Problem} from "./api.js";
import {clock, momentOf, timeOf} from "./moments.js";
import {button, chip, fill, ICONS, percent} from "./parts.js";
import {addressOf} from "./place.js";
import {named, trouble} from "./words.js";

/** The right pane: who this is, what they want, why they are here, what the bot tried, and how it came to this desk. */
export class About {
  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
    this.back = h("a", {class: "button bare back", "aria-label": text("back"), title: text("back")}, icon(ICONS.back));
    this.body = h("div", {class: "facts-list"});
    this.element = h("section", {class: "pane about", tabindex: 0, "aria-label": text("about")}, h("header", {class: "head"}, h("div", {class: "row"}, this.back, h("h2", {}, text("about")))), this.body);
  }

  render() {
    const {open} = this.desk;
    const isReadable = open?.session && !open.problem;
    this.element.hidden = !isReadable;
    if (!open || !isReadable) return fill(this.body, []);
    this.back.setAttribute("href", addressOf(open.id));
    fill(this.body, this.#things(open));
  }

  /** @param {Conversation} open @returns {Thing[]} */
  #things(open) {
    const {packet} = open;
    const all = [
      open.case ? this.#thing("case", open.case, () => this.#case(/** @type {Case} */ (open.case))) : null,
      packet ? this.#thing("want", [packet.wish, packet.summary, packet.comment, packet.slots, packet.category, packet.urgency], () => this.#want(packet)) : null,
      packet ? this.#thing("why", [packet.reason, packet.trigger], () => this.#why(packet)) : null,
      this.#thing("who", [packet?.customer, open.session?.customer_name, open.session?.page], () => this.#who(open)),
      packet?.bot_turns.length ? this.#thing("tried", packet.bot_turns, () => this.#tried(packet)) : null,
      packet ? this.#thing("may", [packet.constraints, packet.channel_type], () => this.#may(packet)) : null,
      open.earlier.length ? this.#thing("earlier", open.earlier, () => this.#earlier(open)) : null,
      open.trace.length ? this.#thing("trace", [open.trace, this.desk.people.size], () => this.#trace(open)) : null,
      open.intervals.length ? this.#thing("times", [open.intervals, open.session?.state_since], () => this.#times(open)) : null,
    ];
    return all.filter((one) => one !== null).map((one) => ({...one, key: `${open.id}/${one.key}`}));
  }

  /** @param {string} key @param {unknown} facts @param {() => (Node | null)[]} children @returns {Thing} */
  #thing(key, facts, children) {
    return {key, sign: JSON.stringify(facts), make: () => h("section", {class: key}, h("h3", {}, this.text(`about.${key}`)), ...children())};
  }

  /** @param {Packet} packet */
  #want(packet) {
    const {text} = this;
    const slots = Object.entries(packet.slots);
    return [
      h("blockquote", {}, packet.wish || text("wish.none")),
      packet.summary && packet.summary !== packet.wish ? h("p", {class: "summary"}, packet.summary) : null,
      packet.comment ? h("p", {class: "comment"}, h("b", {}, text("about.comment")), packet.comment) : null,
      slots.length ? facts(slots) : null,
    ];
  }

  /** @param {Packet} packet */
  #why(packet) {
    const {text} = this;
    const isUrgent = packet.urgency === "high" || packet.urgency === "urgent";
    const hasTrigger = packet.trigger && packet.trigger !== packet.reason;
    return [
      h("p", {}, named(text, "reason", packet.reason), isUrgent ? chip(named(text, "urgency", packet.urgency), "bad") : null),
      hasTrigger ? h("p", {class: "quiet"}, text("about.trigger", {words: packet.trigger})) : null,
    ];
  }

  /** @param {Conversation} open */
  #who(open) {
    const {text} = this;
    const customer = /** @type {Customer} */ (open.packet?.customer ?? {});
    const {session} = open;
    /** @type {[string, string | Node | null | undefined][]} */
    const lines = [
      [text("who.name"), customer.name || session?.customer_name || text("who.unknown")],
      [text("who.email"), customer.email],
      [text("who.phone"), customer.phone],
      [text("who.language"), session?.language],
      [text("who.page"), session?.page],
      ...(customer.identities ?? []).map(({kind, value, verified_by}) => /** @type {[string, Node]} */ ([named(text, "identity", kind), h("span", {}, h("span", {class: "code"}, short(value)), " ", h("span", {class: "quiet"}, named(text, "verified", verified_by)))])),
    ];
    return [customer.is_vip ? chip(text("who.vip"), "accent") : null, facts(lines)];
  }

  /** @param {Packet} packet */
  #tried(packet) {
    const {text} = this;
    const turns = packet.bot_turns.slice(-6).map((turn) =>
      h(
        "li",
        {},
        h("p", {class: "asked"}, turn.question),
        h("p", {class: "quiet"}, named(text, "decision", turn.decision), turn.entry ? ` · ${turn.title || turn.entry}` : "", turn.confidence ? h("span", {class: "sure"}, percent(turn.confidence)) : null),
      ),
    );
    return [h("ol", {}, ...turns)];
  }

  /** @param {Packet} packet */
  #may(packet) {
    const {text} = this;
    const rest = Object.entries(packet.constraints).filter(([key]) => key !== "page");
    const words = named(text, "may", packet.channel_type);
    return [h("p", {}, words), rest.length ? facts(rest.map(([key, value]) => [key.replaceAll("_", " "), String(value)])) : null];
  }

  /** @param {Conversation} open */
  #earlier({earlier}) {
    const {text} = this;
    const line = (/** @type {typeof earlier[number]} */ one) => {
      const summary = text.has(`disposition.${one.summary}`) ? text(`disposition.${one.summary}`) : one.summary;
      const ending = named(text, "close", one.close_reason);
      const more = [momentOf(one.opened_at, text), summary && ending !== summary ? ending : "", one.score ? text("about.score", {score: one.score}) : ""];
      return h("li", {}, h("p", {}, summary || ending || text("wish.none")), h("p", {class: "quiet"}, more.filter(Boolean).join(" · ")));
    };
    return [h("ul", {}, ...earlier.map(line))];
  }

  /** @param {Conversation} open */
  #trace({trace}) {
    const line = (/** @type {Trace} */ one) =>
      h("li", {}, h("time", {datetime: one.at}, timeOf(one.at, this.text)), h("span", {}, named(this.text, "trace", one.what), one.agent_id ? ` ${this.desk.nameOf(one.agent_id)}` : "", this.#because(one.why) ? h("span", {class: "quiet"}, ` ${this.#because(one.why)}`) : null));
    return [h("ol", {class: "line-of-time"}, ...trace.slice(-12).map(line))];
  }

  /** @param {Record<string, any>} why */
  #because(why) {
    const {text} = this;
    const parts = [
      why.rule && named(text, "rule", String(why.rule)),
      why.reason && (text.has(`wait.${why.reason}`) ? text(`wait.${why.reason}`) : named(text, "reason", String(why.reason))),
      why.failure && named(text, "failure", String(why.failure)),
      typeof why.load === "number" && text("trace.load", {percent: percent(why.load)}),
      typeof why.waited_s === "number" && text("trace.waited", {time: clock(why.waited_s)}),
    ];
    return parts.filter(Boolean).join(" · ");
  }

  /** @param {Conversation} open */
  #times({intervals, session}) {
    const {text} = this;
    const line = (/** @type {typeof intervals[number]} */ one) =>
      h("li", {}, h("time", {datetime: one.started_at}, timeOf(one.started_at, text)), h("span", {}, named(text, "state", one.state)), h("span", {class: "sure"}, clock((new Date(one.ended_at).getTime() - new Date(one.started_at).getTime()) / 1000)));
    const last = session && session.state !== "closed" ? h("li", {}, h("time", {datetime: session.state_since}, timeOf(session.state_since, text)), h("span", {}, named(text, "state", session.state)), h("span", {class: "sure"}, text("times.now"))) : null;
    return [h("ol", {class: "line-of-time"}, ...intervals.slice(-12).map(line), last)];
  }

  /** @param {Case} one */
  #case(one) {
    const {text, desk} = this;
    const said = h("p", {class: "wrong", role: "alert"});
    const comment = h("textarea", {rows: 2, "aria-label": text("case.comment"), placeholder: text("case.comment")});
    const act = async (/** @type {string} */ action, /** @type {object} */ body) => {
      try {
        await desk.api.post(`cases/${one.id}/${action}`, body);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        return say(said, trouble(text, error));
      }
      desk.readLists();
      desk.open?.read();
    };
    const isOver = one.status === "resolved";
    const isMine = one.agent_id === desk.agent?.id;
    return [
      facts([[text("case.number"), one.number], [text("case.state"), named(text, "case.status", one.status)], [text("case.reason"), named(text, "failure", one.reason)], [text("who.email"), one.email], [text("who.phone"), one.phone]]),
      isOver ? null : isMine ? comment : null,
      isOver ? null : h("div", {class: "buttons"}, isMine ? button(text("case.resolve"), () => act("resolve", {comment: comment.value.trim()}), {kind: "primary", act: "resolve"}) : button(text("case.take"), () => act("take", {}), {act: "take"})),
      said,
    ];
  }
}

/** @param {[string, string | Node | null | undefined][]} lines */
function facts(lines) {
  const given = lines.filter(([, value]) => value);
  return h("dl", {}, ...given.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value ?? "")]));
}

/** @param {string} value */
const short = (value) => (value.length > 18 ? `${value.slice(0, 8)}…${value.slice(-6)}` : value);
