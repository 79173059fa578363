/** @import {Conversation} from "./conversation.js" */
/** @import {Desk} from "./desk.js" */
/** @import {Session} from "./shapes.js" */
/** @import {Say} from "./words.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {Actions} from "./actions.js";
import {Problem} from "./api.js";
import {Composer} from "./composer.js";
import {clock, since, ticking} from "./moments.js";
import {chip, fill, ICONS, toneOf} from "./parts.js";
import {addressOf, HOME} from "./place.js";
import {Transcript} from "./transcript.js";
import {named, trouble} from "./words.js";

/** The middle pane: one conversation with everything that can be done in it, or why there is none. */
export class Middle {
  /** @type {{conversation: Conversation, parts: {render: () => void, stop?: () => void}[]} | null} */ #shown = null;

  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
    this.element = h("section", {class: "pane middle", "aria-label": text("conversation")});
  }

  render() {
    const {open} = this.desk;
    const isReadable = open?.session && !open.problem;
    if (!open || !isReadable) return this.#empty(open);
    if (this.#shown?.conversation !== open) this.#build(open);
    for (const part of this.#shown?.parts ?? []) part.render();
  }

  /** @param {Conversation | null} open */
  #empty(open) {
    for (const part of this.#shown?.parts ?? []) part.stop?.();
    this.#shown = null;
    const words = open?.problem ? this.#gone(open.problem, this.desk.nameOf(open.takenBy)) : open ? this.text("loading") : this.text("nothing");
    const make = () =>
      h("div", {class: "nothing", role: open?.problem ? "alert" : null}, icon(ICONS.note), h("p", {}, words), open ? h("a", {class: "button back", href: HOME}, this.text("back")) : null);
    fill(this.element, [{key: "nothing", sign: words, make}]);
  }

  /** @param {Problem} problem @param {string} name */
  #gone(problem, name) {
    if (name) return this.text("gone.taken", {name});
    return problem.status === 404 ? this.text("gone") : trouble(this.text, problem);
  }

  /** @param {Conversation} open */
  #build(open) {
    for (const part of this.#shown?.parts ?? []) part.stop?.();
    const {desk, text} = this;
    const head = new Head(desk, text, open);
    const transcript = new Transcript(desk, text, open);
    const composer = new Composer(desk, text, open, () => transcript.toEnd());
    this.#shown = {conversation: open, parts: [head, transcript, composer]};
    const make = () => h("div", {class: "talk"}, head.element, transcript.element, composer.element);
    fill(this.element, [{key: "talk", sign: `${open.id}/${Date.now()}`, make}]);
    transcript.toEnd();
    if (matchMedia("(min-width: 760px)").matches) composer.focus();
  }
}

/** The conversation's own bar: with whom, where it stands, what can be done. */
class Head {
  /** @param {Desk} desk @param {Say} text @param {Conversation} open */
  constructor(desk, text, open) {
    this.text = text;
    this.open = open;
    this.actions = new Actions(desk, text, open);
    this.name = h("h2", {});
    this.facts = h("div", {class: "facts"});
    const about = h("a", {class: "button bare to-about", href: addressOf(open.id, "/about"), "aria-label": text("about"), title: text("about")}, icon(ICONS.about));
    const back = h("a", {class: "button bare back", href: HOME, "aria-label": text("back"), title: text("back")}, icon(ICONS.back));
    this.element = h("header", {class: "head"}, h("div", {class: "row"}, back, h("div", {class: "with"}, this.name, this.facts), this.actions.element, about), this.actions.said);
  }

  render() {
    const session = /** @type {Session} */ (this.open.session);
    const {text} = this;
    say(this.name, session.customer_name || text("customer"));
    const waits = session.state === "active" ? session.last_customer_at : session.state === "queued" ? session.state_since : null;
    const holder = session.agent_name && !this.open.isMine ? text("with", {name: session.agent_name}) : "";
    const make = () =>
      h(
        "span",
        {},
        chip(named(text, "state", session.state), toneOf(session.state)),
        waits ? h("span", {class: "waits"}, text("waits"), " ", ticking(h("b", {}), () => clock(since(waits)))) : null,
        holder ? h("span", {}, holder) : null,
        h("span", {class: "channel"}, session.channel),
      );
    fill(this.facts, [{key: "facts", sign: `${session.state}/${waits}/${holder}`, make}]);
    attribute(this.element, "data-state", session.state);
    this.actions.render();
  }
}
