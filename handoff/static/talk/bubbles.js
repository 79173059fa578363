/** @import {Conversation} from "../conversation.js" */
/** @import {Message, Note} from "../shapes.js" */
/** @import {Unsent} from "../outbox.js" */
/** @import {Say} from "../words.js" */
/** @import {Fate} from "./fates.js" */
/** @import {Around} from "./pieces.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {Problem} from "../api.js";
import {heardTo, player} from "../call/heard.js";
import {customerOf} from "../called.js";
import {button} from "../parts.js";
import {stranger} from "../mail/beside.js";
import {isLetter, letter, mailed, refillLetter} from "../mail/letter.js";
import {trouble} from "../words.js";
import {DRAWINGS} from "./drawings.js";
import {whatNow} from "./fates.js";
import {piece, thought} from "./pieces.js";
import {teach, teachButton} from "./teach.js";

/** Whether a row begins a group of the same person's words, or ends one. @typedef {{first: boolean, last: boolean}} Stand */

/** Makes what stands in the log: people's words, colleagues' notes, lines of the system. */
export class Bubbles {
  /** @param {Say} text @param {Conversation} open @param {Around} around */
  constructor(text, open, around) {
    this.text = text;
    this.open = open;
    this.around = around;
    // Made once: a new one for each of thousands of bubbles would cost more than everything else of them.
    this.clock = new Intl.DateTimeFormat(text.language, {hour: "2-digit", minute: "2-digit", hour12: false});
  }

  /** @param {string} at */
  #time = (at) => this.clock.format(new Date(at));

  /** @param {string} at */
  day(at) {
    const date = new Date(at);
    const isThisYear = date.getFullYear() === new Date().getFullYear();
    const words = date.toLocaleDateString(this.text.language, {year: isThisYear ? undefined : "numeric", month: "long", day: "numeric", weekday: "short"});
    return h("p", {class: "day"}, h("time", {datetime: at.slice(0, 10)}, words));
  }

  /** @param {Message} message @param {Stand} stand @param {Fate} fate */
  message(message, stand, fate) {
    const {text, open} = this;
    if (isLetter(open, message)) return letter(this, message, stand, fate);
    const time = h("time", {datetime: message.at}, this.#time(message.at));
    const sounds = message.author === "system" ? message.parts.flatMap((part) => (part.type === "file" ? [player(text, part.file, this.around.sessionId, message.text)] : [])) : [];
    if (sounds.length) return h("div", {class: "system", "data-seq": message.seq}, h("span", {dir: "auto"}, message.text), h("span", {class: "tag"}, text("note.only")), time, ...sounds);
    if (message.author === "system") return h("p", {class: "system", "data-seq": message.seq}, h("span", {dir: "auto"}, message.text), message.why.is_remark ? h("span", {class: "tag"}, text("note.only")) : null, open.letter ? mailed(text, message) : null, stranger(text, message), time);
    const name = message.author === "customer" ? (open.session ? customerOf(open.desk, text, open.session) : text("customer")) : message.name || text(`author.${message.author}`);
    const made = h(
      "div",
      {class: `said ${message.author}${message.agent_id && message.agent_id === open.desk.agent?.id ? " own" : ""}`, "data-seq": message.seq || null},
      h("p", {class: "who"}, h("bdi", {}, name), message.author === "bot" ? h("span", {class: "tag"}, text("author.bot")) : null),
      h("div", {class: "bubble"}, ...message.parts.map((part) => piece(part, message, this.around))),
      message.author === "bot" ? thought(message.why, text) : null,
      message.author === "customer" && message.text.trim() ? teachButton(text, () => void teach(open.desk, text, open, message)) : null,
      h("p", {class: "foot"}, time, h("span", {class: "heard-to"}), h("span", {class: "fate"})),
    );
    if (message.parts.length === 1 && message.parts[0].type === "text" && made.querySelector(".emoji")) made.classList.add("bare");
    made.classList.toggle("pictured", Boolean(made.querySelector(".picture")));
    this.stand(made, stand);
    this.fated(made, fate, message);
    return made;
  }

  /** @param {Note} note @param {Stand} stand */
  note(note, stand) {
    const {text} = this;
    const who = h("p", {class: "who"}, h("bdi", {}, note.agent_name), h("span", {class: "tag"}, text("note.mark")));
    const made = h("div", {class: "said note"}, who, h("div", {class: "bubble"}, h("p", {dir: "auto"}, note.text)), h("p", {class: "foot"}, h("time", {datetime: note.at}, this.#time(note.at))));
    this.stand(made, stand);
    return made;
  }

  /** @param {HTMLElement} element @param {Stand} stand */
  stand(element, {first, last}) {
    element.classList.toggle("first", first);
    element.classList.toggle("last", last);
  }

  /** Says what became of a message, in the place that is kept for it. @param {HTMLElement} element @param {Fate} fate @param {Message} message */
  fated(element, fate, message) {
    attribute(element, "data-fate", fate || null);
    const said = element.querySelector(".fate");
    if (said) say(said, !fate ? "" : fate === "delivered" && this.open.call ? this.text("call.heard_whole") : this.text(`fate.${fate}`));
    const heard = element.querySelector(".heard-to");
    if (heard) say(heard, heardTo(this.text, message));
    const now = whatNow(this.text, this.open, fate, message);
    const shown = element.querySelector(".trouble");
    if (shown && now) shown.replaceWith(now);
    else if (now) element.append(now);
    else shown?.remove();
  }

  /** A file that was on its way is here, or will not come. @param {HTMLElement} element @param {Message} message */
  refill(element, message) {
    if (element.classList.contains("letter")) return refillLetter(element, message, this.around);
    element.querySelector(".bubble")?.replaceChildren(...message.parts.map((part) => piece(part, message, this.around)));
    element.classList.toggle("pictured", Boolean(element.querySelector(".picture")));
  }

  /** A reply that the server has not confirmed, in the very shape that it will have. @param {Unsent} entry @param {Stand} stand */
  unsent(entry, stand) {
    /** @type {Message["parts"]} */
    const parts = [...(entry.letter ? [{type: /** @type {const} */ ("letter"), ...entry.letter}] : []), ...(entry.text ? [{type: /** @type {const} */ ("text"), text: entry.text, markdown: true}] : []), ...(entry.files ?? []).map((file) => ({type: /** @type {const} */ ("file"), file}))];
    const {agent} = this.open.desk;
    const message = /** @type {Message} */ ({seq: 0, author: "agent", at: entry.at, parts, text: entry.text, name: agent?.shown_name, agent_id: agent?.id, why: {}});
    return this.message(message, stand, "");
  }

  /** @param {HTMLElement} element @param {Unsent} entry @param {Fate} fate */
  unsentFated(element, entry, fate) {
    attribute(element, "data-fate", fate);
    say(/** @type {Element} */ (element.querySelector(".fate")), this.text(`fate.${fate}`));
    const {problem} = entry;
    const sign = problem ? `${problem.code}/${problem.detail}` : "";
    const shown = element.querySelector(".trouble");
    if ((shown?.getAttribute("data-sign") ?? "") === sign) return;
    shown?.remove();
    if (problem) element.append(this.#trouble(entry, problem, sign));
  }

  /** @param {Unsent} entry @param {NonNullable<Unsent["problem"]>} problem @param {string} sign */
  #trouble(entry, problem, sign) {
    const {text, open} = this;
    const words = trouble(text, new Problem(400, problem.code, problem.detail, 0, {params: problem.params}));
    return h(
      "div",
      {class: "trouble", "data-sign": sign},
      h("p", {role: "alert"}, icon(DRAWINGS.warn), h("span", {}, words)),
      h(
        "div",
        {class: "buttons"},
        open.isMine ? button(text("retry"), () => open.outbox.retry(entry.cid), {kind: "small", act: "retry"}) : null,
        !open.isMine && entry.text ? button(text("copy"), () => void copy(entry.text), {kind: "small", act: "copy"}) : null,
        button(text("discard"), () => open.outbox.discard(entry.cid), {kind: "small", act: "discard"}),
      ),
    );
  }
}

/** @param {string} words */
export async function copy(words) {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    return false; // forbidden here: the words can still be marked
  }
}
