/** @import {Conversation} from "./conversation.js" */
/** @import {Desk} from "./desk.js" */
/** @import {Session} from "./shapes.js" */
/** @import {Say} from "./words.js" */
import {attribute, h, say} from "/static/dom.js";
import {Problem} from "./api.js";
import {button, countdown, fill, ICONS} from "./parts.js";
import {named, trouble} from "./words.js";

const LINES_MAX_PX = 200;
const TEXT_MAX_BYTES = 4096;
const TYPING_ENDS_MS = 5_000;

/** The foot of a conversation: where its agent writes, or what can be done instead. The draft outlives a reload. */
export class Composer {
  #isNote = false;
  #isComposing = false;
  /** @type {number | undefined} */ #idle;

  /** @param {Desk} desk @param {Say} text @param {Conversation} open @param {() => void} onsent */
  constructor(desk, text, open, onsent) {
    this.desk = desk;
    this.text = text;
    this.open = open;
    this.onsent = onsent;
    this.draftKey = `draft/${open.id}`;
    this.lead = h("div", {class: "lead"});
    this.input = h("textarea", {
      rows: 1, enterkeyhint: "send",
      oninput: () => this.#typed(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
      oncompositionstart: () => (this.#isComposing = true),
      oncompositionend: () => (this.#isComposing = false),
      onblur: () => open.type(false),
    });
    this.said = h("p", {class: "wrong", role: "alert"});
    this.toReply = button(text("reply"), () => this.#turn(false), {kind: "tab"});
    this.toNote = button(text("note"), () => this.#turn(true), {kind: "tab"});
    this.send = button(text("send"), () => {}, {drawing: ICONS.send, kind: "primary", type: "submit"});
    this.form = h(
      "form",
      {class: "write", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), this.#send())},
      h("div", {class: "tabs", role: "group", "aria-label": text("write.kind")}, this.toReply, this.toNote),
      this.input,
      h("div", {class: "row"}, h("p", {class: "keys"}, text("write.keys")), this.send),
    );
    this.element = h("footer", {class: "composer"}, this.lead, this.said, this.form);
    const draft = desk.keep.get(this.draftKey);
    if (draft) [this.input.value, this.#isNote] = [draft.text, draft.isNote];
    requestAnimationFrame(() => this.#fit());
  }

  focus() {
    if (!this.form.hidden) this.input.focus({preventScroll: true});
  }

  stop() {
    clearTimeout(this.#idle);
  }

  render() {
    const {open, text} = this;
    const session = /** @type {Session} */ (open.session);
    const isNote = this.#isNote || !open.isMine;
    this.toReply.hidden = !open.isMine;
    attribute(this.toReply, "aria-pressed", String(!isNote));
    attribute(this.toNote, "aria-pressed", String(isNote));
    attribute(this.form, "data-kind", isNote ? "note" : "reply");
    attribute(this.input, "aria-label", text(isNote ? "note.write" : "reply.write"));
    attribute(this.input, "placeholder", text(isNote ? "note.hint" : "reply.hint"));
    say(/** @type {Element} */ (this.send.lastElementChild), text(isNote ? "note.add" : "send"));
    this.send.disabled = !this.input.value.trim() || this.#over() > 0;
    this.#leads(session);
  }

  /** What stands above the field when the session is not mine. @param {Session} session */
  #leads(session) {
    const {open, text, desk} = this;
    const offer = desk.offers.get(open.id);
    const make = () => {
      if (offer) {
        const buttons = [button(text("accept"), () => this.#do("accept"), {kind: "primary", act: "accept"}), button(text("reject"), () => this.#do("reject"), {act: "reject"})];
        return h("div", {class: "stand accent"}, h("p", {}, text("stand.offered")), countdown(offer.offered_at, offer.expires_at, text), h("div", {class: "buttons"}, ...buttons));
      }
      const isWaiting = session.state === "queued";
      return h("div", {class: "stand"}, h("p", {}, this.#stand(session)), isWaiting ? button(text("take"), () => this.#do("accept"), {kind: "primary", act: "take"}) : null);
    };
    const sign = [offer?.expires_at, session.state, session.agent_name, session.close_reason, session.disposition].join("/");
    fill(this.lead, open.isMine ? [] : [{key: "stand", sign, make}]);
  }

  /** @param {Session} session */
  #stand(session) {
    const {text, desk} = this;
    const queue = desk.settings.queues.find((one) => one.name === session.queue)?.title ?? session.queue ?? "";
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

  /** @param {boolean} isNote */
  #turn(isNote) {
    this.#isNote = isNote;
    this.#save();
    this.render();
    this.input.focus();
  }

  #typed() {
    this.#fit();
    this.#save();
    const over = this.#over();
    say(this.said, over > 0 ? this.text("write.over", {count: over}) : "");
    clearTimeout(this.#idle);
    this.open.type(Boolean(this.input.value) && !this.#isNote);
    this.#idle = setTimeout(() => this.open.type(false), TYPING_ENDS_MS);
    this.render();
  }

  #fit() {
    this.input.style.setProperty("height", "auto");
    this.input.style.setProperty("height", `${Math.min(this.input.scrollHeight, LINES_MAX_PX)}px`);
  }

  #save() {
    if (this.input.value) this.desk.keep.put(this.draftKey, {text: this.input.value, isNote: this.#isNote});
    else this.desk.keep.drop(this.draftKey);
  }

  #over() {
    return new TextEncoder().encode(this.input.value.trim()).length - TEXT_MAX_BYTES;
  }

  /**
   * Enter sends, unless it picks a word in an input method. Safari ends the composition before that key arrives, and marks it with 229.
   * @param {KeyboardEvent} event
   */
  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || this.#isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#send();
  }

  #send() {
    const words = this.input.value.trim();
    if (!words || this.#over() > 0) return;
    clearTimeout(this.#idle);
    this.input.value = "";
    if (this.#isNote || !this.open.isMine) {
      this.#note(words);
    } else {
      this.open.type(false);
      this.open.outbox.put(words);
    }
    this.#typed();
    this.onsent();
  }

  /** Saves a note while its agent writes on; one that is refused comes back into the field. @param {string} words */
  async #note(words) {
    if (await this.#do("note", {text: words})) return;
    this.input.value = [words, this.input.value].filter(Boolean).join("\n");
    this.#isNote = true;
    this.#fit();
    this.#save();
    this.render();
  }

  /** @param {string} action @param {object} [body] */
  async #do(action, body) {
    say(this.said, "");
    try {
      await this.open.act(action, body);
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(this.said, trouble(this.text, error));
      return false;
    }
  }
}
