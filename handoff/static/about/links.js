/** @import {Conversation} from "../conversation.js" */
/** @import {Desk} from "../desk.js" */
/** @import {Say} from "../words.js" */
import {h, icon, say} from "/static/dom.js";
import {Problem} from "../api.js";
import {typeOf} from "../called.js";
import {momentOf} from "../moments.js";
import {button, channelSign, chip} from "../parts.js";
import {ask} from "../talk/dialog.js";
import {named, trouble} from "../words.js";

/**
 * @typedef {{key: string, kind: string, value: string, channel: string | null, session_id: string | null, verified_by: string, at: string,
 *            linked_by: string | null, may_unlink: boolean}} Link
 * @typedef {{key: string, why: string[], name: string, email: string | null, phone: string | null, identities: {kind: string, value: string}[]}} Suggestion
 * @typedef {{identities: Link[], suggestions: Suggestion[], may_change: boolean}} Who
 */

const LINK = "M10 14a4 4 0 0 0 5.700 0l3-3a4 4 0 0 0-5.700-5.700l-1.200 1.200M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1.200-1.200";

/** Where the customer is known besides here, how that was found out, and who else they may be. Read anew when whose it is may have changed. */
export class Links {
  /** @type {Map<string, {sign: string, who: Who | null, problem: boolean}>} */ #known = new Map();

  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
  }

  /** What the pane shows for this session; null while there is nothing to say. @param {Conversation} open */
  of(open) {
    const {session} = open;
    if (!session) return null;
    const known = this.#known.get(session.id);
    const sign = signOf(open);
    if (known?.sign !== sign) void this.#read(session.id, sign, known?.who ?? null);
    const found = this.#known.get(session.id);
    if (found?.problem) return found;
    const who = found?.who;
    return who && (who.identities.length > 1 || who.suggestions.length) ? found : null;
  }

  /** @param {Conversation} open */
  show(open) {
    const found = this.of(open);
    const id = open.session?.id ?? "";
    if (found?.problem || !found?.who) return [h("p", {class: "quiet"}, this.text("links.failed")), button(this.text("links.retry"), () => (this.#known.delete(id), this.desk.changed()), {kind: "small"})];
    const {identities, suggestions, may_change} = found.who;
    return [
      identities.length > 1 ? h("ul", {class: "known-at"}, ...identities.map((one) => this.#link(id, one))) : null,
      suggestions.length ? h("h4", {}, this.text("links.maybe")) : null,
      suggestions.length ? h("ul", {class: "known-at"}, ...suggestions.map((one) => this.#suggestion(id, one, may_change))) : null,
    ];
  }

  /** @param {string} id @param {Link} one */
  #link(id, one) {
    const {desk, text} = this;
    const isHere = one.session_id === id;
    const name = `${named(text, "identity", one.kind)} ${one.value}`;
    const how = one.linked_by ? text("links.by", {name: one.linked_by, when: momentOf(one.at, text)}) : text("links.since", {how: named(text, "links.proof", one.verified_by), when: momentOf(one.at, text)});
    return h(
      "li",
      {},
      h("p", {class: "link-name"}, one.channel ? channelSign(text, typeOf(desk, one.channel)) : icon(LINK), h("span", {dir: "auto"}, name), isHere ? chip(text("links.here")) : null),
      h("p", {class: "quiet"}, how),
      one.may_unlink ? h("button", {type: "button", class: "more", "data-act": `undo-${one.key}`, "aria-label": text("links.undo_name", {name}), onclick: () => this.#undo(id, one.key, name)}, text("links.undo")) : null,
    );
  }

  /** @param {string} id @param {Suggestion} one @param {boolean} mayChange */
  #suggestion(id, one, mayChange) {
    const {text} = this;
    const known = one.identities.map(({kind, value}) => `${named(text, "identity", kind)} ${value}`).join(", ");
    return h(
      "li",
      {},
      h("p", {class: "link-name"}, icon(LINK), h("span", {dir: "auto"}, [one.name, known].filter(Boolean).join(" · "))),
      h("p", {class: "quiet"}, [...one.why.map((why) => named(text, "links.why", why)), one.email, one.phone].filter(Boolean).join(" · ")),
      mayChange ? h("button", {type: "button", class: "more", "data-act": `confirm-${one.key}`, onclick: () => this.#confirm(id, one.key, known)}, text("links.confirm")) : null,
    );
  }

  /** @param {string} id @param {string} key @param {string} name */
  #undo(id, key, name) {
    const {text} = this;
    ask(text, {title: text("links.undo_ask"), go: text("links.undo"), fields: [h("p", {}, text("links.undo_lead", {name}))], act: (said) => this.#change(id, "unlink", key, said)});
  }

  /** @param {string} id @param {string} key @param {string} name */
  #confirm(id, key, name) {
    const {text} = this;
    ask(text, {title: text("links.confirm_ask"), go: text("links.confirm"), fields: [h("p", {class: "named", dir: "auto"}, name), h("p", {}, text("links.confirm_lead"))], act: (said) => this.#change(id, "link", key, said)});
  }

  /** @param {string} id @param {string} action @param {string} key @param {Element} said */
  async #change(id, action, key, said) {
    try {
      const who = await this.desk.api.post(`sessions/${id}/identities/${action}`, {key});
      this.#known.set(id, {sign: this.#known.get(id)?.sign ?? "", who, problem: false});
      this.desk.changed();
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(said, trouble(this.text, error));
      return false;
    }
  }

  /** @param {string} id @param {string} sign @param {Who | null} before */
  async #read(id, sign, before) {
    this.#known.set(id, {sign, who: before, problem: false});
    try {
      this.#known.set(id, {sign, who: await this.desk.api.get(`sessions/${id}/identities`), problem: false});
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#known.set(id, {sign, who: before, problem: !before && error.status !== 404}); // not ours to read: nothing is shown
    }
    this.desk.changed();
  }
}

/** What tells that whose a session is may have changed: its contact, and what the house has said in it. @param {Conversation} open */
const signOf = ({session, log}) => `${session?.contact_id}/${session?.agent_id}/${log.filter(({author}) => author === "system").length}`;
