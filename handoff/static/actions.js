/** @import {Command} from "./commands.js" */
/** @import {Conversation} from "./conversation.js" */
/** @import {Desk} from "./desk.js" */
/** @import {Session} from "./shapes.js" */
/** @import {Say} from "./words.js" */
import {h, say} from "/static/dom.js";
import {Problem} from "./api.js";
import {button, fill, ICONS} from "./parts.js";
import {go, HOME} from "./place.js";
import {DRAWINGS} from "./talk/drawings.js";
import {trouble} from "./words.js";

/** @typedef {{name: string, drawing: string, keys: string, when: () => boolean, run: () => void}} Action */

/** What can be done with the session: hold, transfer, return to the bot, close; for supervisors: take over. By button, palette and key. */
export class Actions {
  /** @type {{action: string, over: Promise<unknown>} | null} */ #underway = null;

  /** @param {Desk} desk @param {Say} text @param {Conversation} open */
  constructor(desk, text, open) {
    this.desk = desk;
    this.text = text;
    this.open = open;
    this.element = h("div", {class: "actions", role: "group", "aria-label": text("actions")});
    this.said = h("p", {class: "wrong", role: "alert"});
    this.all = this.#list();
    this.stop = desk.commands.register(...this.all.map((action) => this.#command(action)));
  }

  /** @returns {Action[]} */
  #list() {
    const isHeld = () => this.session.state === "on_hold";
    const isMine = () => this.open.isMine;
    const isTheirs = () => this.#isTheirs;
    const isEither = () => isMine() || isTheirs();
    return [
      {name: "resume", drawing: ICONS.resume, keys: "h", when: () => isMine() && isHeld(), run: () => void this.try("act", "resume")},
      {name: "hold", drawing: ICONS.hold, keys: "h", when: () => isMine() && !isHeld(), run: () => void this.try("act", "hold")},
      {name: "takeover", drawing: DRAWINGS.take, keys: "o", when: isTheirs, run: () => void this.try("act", "transfer", {agent: this.desk.agent?.id})},
      {name: "transfer", drawing: ICONS.transfer, keys: "t", when: isEither, run: () => void this.#dialog("transfer")},
      {name: "return_to_bot", drawing: ICONS.robot, keys: "b", when: isEither, run: () => void this.leave("return_to_bot")},
      {name: "close", drawing: ICONS.done, keys: "e", when: () => isEither() || this.open.isWrappingUp, run: () => void this.#dialog("closing")},
    ];
  }

  /** @param {Action} action @returns {Command} */
  #command({name, keys, when, run}) {
    const id = name === "resume" ? "talk.resume" : `talk.${name}`;
    return {id, title: this.text(`action.${name}`), group: "conversation", keys, when: () => this.desk.open === this.open && Boolean(this.open.session) && when(), run};
  }

  get session() {
    return /** @type {Session} */ (this.open.session);
  }

  /** Somebody else has it, and I may do something about that. */
  get #isTheirs() {
    const {open, desk, session} = this;
    return !open.problem && !open.isMine && !open.isWrappingUp && desk.isSupervisor && session.agent_id !== null && session.state !== "closed";
  }

  render() {
    const shown = this.all.filter(({when}) => when());
    fill(this.element, shown.map(({name, drawing, run}) => ({key: name, sign: this.text.language, make: () => this.#button(name, drawing, run)})));
  }

  /** @param {string} name @param {string} drawing @param {() => void} act */
  #button(name, drawing, act) {
    const words = this.text(`action.${name}`);
    const made = button(words, act, {drawing, act: name});
    for (const label of ["aria-label", "title"]) made.setAttribute(label, words); // on narrow screens the drawing is all there is
    return made;
  }

  /**
   * Does it, and says what is wrong where it can't be done. The same once more while it is underway is a double click; something else waits
   * its turn: the page may have heard of the outcome before the answer is here.
   * @param {"act" | "leave"} way @param {string} action @param {object} [body] @param {Element} [said]
   */
  async try(way, action, body, said = this.said) {
    while (this.#underway) {
      if (this.#underway.action === action) return false;
      await this.#underway.over;
    }
    say(this.said, "");
    const doing = this.open[way](action, body);
    const mine = (this.#underway = {action, over: doing.catch(() => {})});
    try {
      await doing;
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(said, trouble(this.text, error));
      return false;
    } finally {
      if (this.#underway === mine) this.#underway = null;
    }
  }

  /** Something after which the session is not mine any more. @param {string} action @param {object} [body] @param {Element} [said] */
  async leave(action, body, said) {
    if (!(await this.try("leave", action, body, said))) return false;
    this.desk.keep.drop(`draft/${this.open.id}`);
    if (this.desk.open === this.open) go(HOME);
    return true;
  }

  /** @param {"transfer" | "closing"} name */
  async #dialog(name) {
    if (document.querySelector("dialog[open]")) return;
    const {open} = await import(`./talk/${name}.js`);
    open(this.desk, this.text, (/** @type {string} */ action, /** @type {object} */ body, /** @type {Element} */ said) => this.leave(action, body, said));
  }
}
