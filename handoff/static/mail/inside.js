/** @import {Conversation} from "../conversation.js" */
/** @import {Message, OpenedLetter} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {Problem} from "../api.js";
import {bytes, plain} from "../talk/pieces.js";
import {named, trouble} from "../words.js";
import {headOf} from "./kind.js";
import {SIGNS} from "./signs.js";

/** Mails that were opened, as long as their conversation is. @type {WeakMap<Conversation, Map<number, Promise<OpenedLetter>>>} */
const known = new WeakMap();

/** Reads a mail whole, once. @param {Conversation} open @param {number} seq @returns {Promise<OpenedLetter>} */
function read(open, seq) {
  const letters = known.get(open) ?? new Map();
  known.set(open, letters);
  const reading = letters.get(seq) ?? open.desk.api.get(`sessions/${open.id}/letters/${seq}`).then(({letter}) => letter);
  letters.set(seq, reading);
  reading.catch(() => letters.delete(seq)); // the next look asks again
  return reading;
}

/** The foot of a customer's mail: what was quoted, its own look, its head in full; each read when it is asked for. */
export class Inside {
  /** @type {OpenedLetter | null} */ #opened = null;

  /** @param {Say} text @param {Conversation} open @param {Message} message @param {() => void} teach */
  constructor(text, open, message, teach) {
    this.text = text;
    this.open = open;
    this.message = message;
    const hasMore = Boolean(headOf(message)?.has_more);
    this.quoted = this.#tool("mail.quoted", SIGNS.quoted, () => this.#turn(this.quoted, this.history), "quoted");
    this.heads = this.#tool("mail.heads", SIGNS.heads, () => this.#turn(this.heads, this.facts), "heads");
    this.look = this.#tool("mail.look", SIGNS.look, () => void this.#look(), "look");
    this.look.removeAttribute("aria-expanded");
    this.quoted.hidden = this.look.hidden = !hasMore;
    const raw = `/desk/api/sessions/${encodeURIComponent(open.id)}/letters/${message.seq}/raw`;
    const save = open.desk.isSupervisor ? h("a", {class: "letter-tool", href: raw, download: "", "data-act": "raw", title: text("mail.raw_say")}, icon(SIGNS.save), h("span", {}, text("mail.raw"))) : null;
    const add = h("button", {type: "button", class: "letter-tool aside", "aria-label": text("teach"), title: text("teach"), onclick: teach}, icon(SIGNS.book));
    this.said = h("p", {class: "wrong", role: "alert"});
    this.trouble = h("p", {class: "letter-trouble", hidden: true});
    this.history = h("div", {class: "letter-history", hidden: true});
    this.facts = h("dl", {class: "letter-facts", hidden: true});
    this.element = h("footer", {class: "letter-foot"}, this.history, this.facts, this.trouble, this.said, h("div", {class: "letter-tools"}, this.quoted, this.look, this.heads, save, add));
  }

  /** @param {string} key @param {string} drawing @param {() => void} act @param {string} name */
  #tool(key, drawing, act, name) {
    return h("button", {type: "button", class: "letter-tool", "data-act": name, "aria-expanded": "false", onclick: act}, icon(drawing), h("span", {}, this.text(key)));
  }

  /** Why there is so little to read, without being asked. */
  async explain() {
    await this.#read(this.quoted);
  }

  /** @param {HTMLElement} tool @param {HTMLElement} part */
  async #turn(tool, part) {
    if (!part.hidden) {
      part.hidden = true;
    } else if (await this.#read(tool)) {
      part.hidden = false;
    }
    attribute(tool, "aria-expanded", String(!part.hidden));
  }

  async #look() {
    const opened = await this.#read(this.look);
    if (!opened) return;
    if (!opened.has_look) return say(this.said, this.text("mail.no_look"));
    const {showLook} = await import("./look.js");
    showLook(this.text, this.open, this.message, opened);
  }

  /** @param {HTMLElement} tool */
  async #read(tool) {
    if (this.#opened) return this.#opened;
    say(this.said, "");
    attribute(tool, "aria-busy", "true");
    try {
      this.#opened = await read(this.open, this.message.seq);
      this.#fill(this.#opened);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(this.said, trouble(this.text, error));
    } finally {
      attribute(tool, "aria-busy", null);
    }
    return this.#opened;
  }

  /** @param {OpenedLetter} letter */
  #fill({headers, quoted, signature, enclosed, trouble: why}) {
    const {text, open, message} = this;
    const at = `/desk/api/sessions/${encodeURIComponent(open.id)}/letters/${message.seq}/enclosed/`;
    const held = enclosed.filter(({is_held_back: isHeld}) => isHeld);
    const pictures = enclosed.filter(({is_inline: isInline, is_held_back: isHeld}) => isInline && !isHeld);
    this.facts.replaceChildren(
      ...headers.flatMap(({name, value}) => [h("dt", {}, named(text, "mail.head", name.toLowerCase().replaceAll("-", "_"))), h("dd", {dir: "auto"}, value)]),
      ...pictures.flatMap(({place, name, size_bytes: size}) => [h("dt", {}, text("mail.inline")), h("dd", {}, h("a", {href: at + place, target: "_blank", rel: "noopener"}, h("bdi", {}, name || text("arriving.image"))), ` ${bytes(size)}`)]),
      ...held.flatMap(({name, size_bytes: size}) => [h("dt", {}, text("mail.held")), h("dd", {}, h("bdi", {}, name), ` ${bytes(size)}`)]),
    );
    this.history.replaceChildren(...(signature ? [h("div", {class: "letter-signature"}, plain(signature.replace(/^--\s*\n/, "")))] : []), ...(quoted ? [h("blockquote", {tabindex: 0, "aria-label": text("mail.quoted")}, plain(quoted))] : []));
    if (!signature && !quoted) this.history.append(h("p", {class: "quiet"}, text("mail.no_quoted")));
    this.trouble.hidden = !why;
    say(this.trouble, why ? text(text.has(`mail.trouble.${why}`) ? `mail.trouble.${why}` : "mail.trouble.broken") : "");
  }
}
