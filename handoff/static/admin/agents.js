/** @import {Desk} from "../desk.js" */
/** @import {Account} from "../shapes.js" */
/** @import {Thing} from "../parts.js" */
/** @import {Say} from "../words.js" */
import {h, icon, say} from "/static/dom.js";
import {languageOf} from "../about/facts.js";
import {Problem} from "../api.js";
import {clock, momentOf, since} from "../moments.js";
import {chip, fill} from "../parts.js";
import {named, queueOf} from "../words.js";
import {AgentForm} from "./agent_form.js";
import {addressOfDetail, detail, empty, failed, frame, goTo, ICONS, loading, split} from "./frame.js";
import {Guard} from "./guard.js";

const PAGE = "agents";
const NEW = "new";
const JUST_NOW_S = 60;
const HOUR_S = 3600;
const AGAIN_MS = 30_000;

/** @param {Desk} desk @param {Say} text */
export function open(desk, text) {
  return new Agents(desk, text);
}

/** Everybody who has an account: who they are, what they may, where they stand; and the form of the one that is chosen. */
class Agents {
  /** @type {Map<string, Account>} */ #accounts = new Map();
  /** @type {AgentForm | null} */ #form = null;
  #shown = "";
  #isLoaded = false;

  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
    const add = h("a", {class: "button primary", href: addressOfDetail(PAGE, NEW)}, icon(ICONS.plus), h("span", {}, text("agents.add")));
    const {element, main} = frame(desk, text, PAGE, add);
    this.element = element;
    this.find = h("input", {type: "search", placeholder: text("agents.find"), "aria-label": text("agents.find"), oninput: () => this.#fill()});
    this.count = h("span", {class: "quiet count", role: "status"});
    this.list = h("ul", {class: "rows"});
    this.split = split(text, `menu.${PAGE}`);
    this.state = h("div", {});
    this.split.list.append(h("div", {class: "toolbar"}, this.find, this.count), this.state, this.list);
    main.append(this.split.element);
    this.guard = new Guard(text);
    this.guard.isDirty = () => this.#form?.isDirty ?? false;
    addEventListener("hashchange", this.#moved);
    this.timer = setInterval(() => this.#form?.isDirty || this.#read(), AGAIN_MS);
    this.state.append(loading(text));
    this.#read();
  }

  stop() {
    this.guard.stop();
    clearInterval(this.timer);
    removeEventListener("hashchange", this.#moved);
  }

  /** Somebody's status has changed: what the socket tells is newer than what was read. */
  render() {
    for (const [id, account] of this.#accounts) {
      const {status, is_connected} = this.desk.people.get(id) ?? account;
      if (status !== account.status || is_connected !== account.is_connected) this.#accounts.set(id, {...account, status, is_connected});
    }
    if (this.#isLoaded) this.#fill();
  }

  async #read() {
    try {
      const found = [];
      for (let after = ""; ; ) {
        const {items, next} = await this.desk.api.get(`agents?limit=200${after && `&after=${encodeURIComponent(after)}`}`);
        found.push(...items);
        if (!(after = next)) break;
      }
      this.#accounts = new Map(found.map((one) => [one.id, one]));
      this.#isLoaded = true;
      this.state.replaceChildren();
      this.#fill();
      this.#show();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (!this.#isLoaded) this.state.replaceChildren(failed(this.text, error, () => this.#read()));
    }
  }

  #moved = () => {
    this.#show();
    this.#fill();
  };

  #fill() {
    const {text} = this;
    const wanted = this.find.value.trim().toLowerCase();
    const all = [...this.#accounts.values()].sort((a, b) => Number(a.is_disabled) - Number(b.is_disabled) || a.shown_name.localeCompare(b.shown_name, text.language, {numeric: true}));
    const found = all.filter((one) => `${one.shown_name} ${one.name}`.toLowerCase().includes(wanted));
    fill(this.list, found.map((one) => this.#row(one)));
    say(this.count, text("agents.count", {count: all.filter((one) => !one.is_disabled).length, there: all.filter((one) => one.is_connected).length}));
    if (this.#isLoaded) this.state.replaceChildren(...(found.length ? [] : [empty(text("agents.nobody"))]));
  }

  /** @param {Account} one @returns {Thing} */
  #row(one) {
    const {text, desk} = this;
    const isOpen = detail() === one.id;
    const status = one.is_disabled ? "" : one.is_connected ? one.status : "offline";
    const make = () =>
      h(
        "li",
        {},
        h(
          "a",
          {class: `row-line${isOpen ? " open" : ""}${one.is_disabled ? " off" : ""}`, href: addressOfDetail(PAGE, one.id), "aria-current": isOpen && "true"},
          h("span", {class: "row-top"}, h("b", {dir: "auto"}, one.shown_name), one.name === one.shown_name ? null : h("span", {class: "quiet code"}, one.name), one.role === "agent" ? null : chip(text(`role.${one.role}`), one.role === "admin" ? "accent" : ""), one.id === desk.agent?.id ? chip(text("agents.me")) : null),
          h("span", {class: "row-side"}, one.is_disabled ? chip(text("agents.disabled"), "bad") : h("span", {class: "stand-at"}, h("i", {class: "dot", "data-status": status}), named(text, "status", status))),
          h("span", {class: "row-under quiet"}, this.#facts(one)),
          h("span", {class: "row-side quiet"}, this.#seen(one)),
        ),
      );
    return {key: one.id, sign: JSON.stringify([one, isOpen, Math.floor(Date.now() / 60_000)]), make};
  }

  /** @param {Account} one */
  #facts(one) {
    const {text} = this;
    const queues = one.queues.map((name) => queueOf(text, this.desk, name));
    const languages = (one.languages ?? []).map((tag) => languageOf(text, tag));
    return [queues.join(text("list.and")) || text("agents.all_queues"), languages.join(text("list.and")), text("agents.load", {held: one.held_units ?? 0, capacity: one.capacity_units ?? 0})].filter(Boolean).join(" · ");
  }

  /** @param {Account} one */
  #seen(one) {
    const {text} = this;
    if (!one.seen_at) return text("agents.never");
    const s = since(one.seen_at);
    if (one.is_connected || s < JUST_NOW_S) return text("agents.here");
    return text("agents.seen", {at: s < HOUR_S ? text("agents.ago", {time: clock(s)}) : momentOf(one.seen_at, text)});
  }

  #show() {
    const id = detail();
    const account = id ? this.#accounts.get(id) : undefined;
    const key = id && (id === NEW || account) ? id : "";
    if (key === this.#shown && (key || this.split.panel.hidden)) return;
    this.#shown = key;
    this.#form = key ? new AgentForm(this.desk, this.text, account ?? null, (saved) => this.#saved(saved)) : null;
    this.split.show(this.#form?.element ?? null);
    this.#form?.focus();
  }

  /** @param {Account} saved */
  #saved(saved) {
    const isNew = !this.#accounts.has(saved.id);
    this.#accounts.set(saved.id, saved);
    if (isNew) {
      this.#shown = saved.id; // the form goes on to show what came of it
      this.guard.pass(() => goTo(PAGE, saved.id));
    }
    this.#fill();
    this.desk.readLists();
  }
}
