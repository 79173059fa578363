/** @import {Conversation} from "../conversation.js" */
/** @import {Desk} from "../desk.js" */
/** @import {Session} from "../shapes.js" */
/** @import {Say} from "../words.js" */
/** @import {Looking} from "./looking.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {Actions} from "../actions.js";
import {clock, since, ticking} from "../moments.js";
import {CallCard} from "../call/card.js";
import {customerOf, typeOf} from "../called.js";
import {Beside} from "../mail/beside.js";
import {due, stageOf} from "../mail/due.js";
import {bare} from "../mail/kind.js";
import {channelIcon, chip, fill, ICONS, toneOf} from "../parts.js";
import {addressOf, HOME} from "../place.js";
import {named} from "../words.js";
import {DRAWINGS} from "./drawings.js";

/** The conversation's own bar: with whom, where it stands, who else is here, what can be done. */
export class Head {
  /** @param {Desk} desk @param {Say} text @param {Conversation} open @param {Looking} looking */
  constructor(desk, text, open, looking) {
    this.desk = desk;
    this.text = text;
    this.open = open;
    this.actions = new Actions(desk, text, open);
    this.name = h("h2", {dir: "auto"});
    this.subject = h("span", {class: "about-what", dir: "auto"});
    this.beside = new Beside(text, open);
    this.card = new CallCard(text, open);
    this.facts = h("div", {class: "facts"});
    const about = h("a", {class: "button bare to-about", href: addressOf(open.id, "/about"), "aria-label": text("about"), title: text("about")}, icon(ICONS.about));
    const back = h("a", {class: "button bare back", href: HOME, "aria-label": text("back"), title: text("back")}, icon(ICONS.back));
    this.element = h("header", {class: "head"}, h("div", {class: "row"}, back, h("div", {class: "with"}, h("div", {class: "titles"}, this.name, this.subject), h("div", {class: "under"}, this.facts, looking.element)), this.actions.element, about), this.actions.said, this.beside.element, this.card.element);
  }

  stop() {
    this.actions.stop();
  }

  render() {
    const session = /** @type {Session} */ (this.open.session);
    const {text, open} = this;
    say(this.name, customerOf(this.desk, text, session));
    say(this.subject, bare(session.subject) || (session.subject ?? ""));
    this.beside.render();
    this.card.render();
    const dueAt = open.problem ? null : session.due_at;
    const type = typeOf(this.desk, session.channel);
    const waits = open.problem || open.letter || open.call ? null : session.state === "active" ? session.last_customer_at : session.state === "queued" ? session.state_since : null;
    const holder = session.agent_name && !open.isMine && !open.problem ? text("with", {name: session.agent_name}) : "";
    const make = () =>
      h(
        "span",
        {},
        open.problem ? chip(text("head.gone"), "warn") : chip(named(text, "state", session.state), toneOf(session.state)),
        dueAt ? due(text, dueAt) : null,
        session.is_doubtful && !open.call ? h("span", {class: "doubtful"}, icon(DRAWINGS.warn), text("mail.proof.none")) : null,
        waits ? h("span", {class: "waits"}, text("waits"), " ", ticking(h("b", {}), () => clock(since(waits)))) : null,
        holder ? h("span", {}, holder) : null,
        h("span", {class: "channel", title: session.channel}, channelIcon(type), h("span", {class: "kind"}, named(text, "channel", type) || session.channel)),
      );
    fill(this.facts, [{key: "facts", sign: `${session.state}/${dueAt}/${stageOf(dueAt)}/${session.is_doubtful}/${Boolean(open.call)}/${waits}/${holder}/${Boolean(open.problem)}/${type}`, make}]);
    attribute(this.element, "data-state", session.state);
    this.actions.render();
  }
}
