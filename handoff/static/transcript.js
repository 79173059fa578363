/** @import {Conversation} from "./conversation.js" */
/** @import {Desk} from "./desk.js" */
/** @import {FileRef, Message, Note, Part} from "./shapes.js" */
/** @import {Thing} from "./parts.js" */
/** @import {Unsent} from "./outbox.js" */
/** @import {Say} from "./words.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {markdown} from "/static/markdown.js";
import {Problem} from "./api.js";
import {timeOf} from "./moments.js";
import {button, fill, ICONS, percent} from "./parts.js";
import {named, trouble} from "./words.js";

const NEAR_PX = 80;

/** What was said, in order: customer, bot, agents, system, and colleagues' notes at the place where they were written. */
export class Transcript {
  #isAtEnd = true;
  #isOlderUnderway = false;

  /** @param {Desk} desk @param {Say} text @param {Conversation} open */
  constructor(desk, text, open) {
    this.desk = desk;
    this.text = text;
    this.open = open;
    this.older = button(text("older"), () => this.#readOlder(), {kind: "small older"});
    this.said = h("p", {class: "wrong", role: "alert"});
    this.list = h("div", {class: "log", role: "log", "aria-label": text("log"), "aria-live": "off"});
    this.typing = h("p", {class: "typing", role: "status"});
    this.scroller = h("div", {class: "scroll", tabindex: 0, onscroll: () => this.#scrolled()}, this.older, this.said, this.list, this.typing);
    this.newest = button(text("newest"), () => this.toEnd(), {kind: "small newest"});
    this.element = h("div", {class: "transcript"}, this.scroller, this.newest);
    this.stay = new ResizeObserver(() => this.#isAtEnd && this.toEnd());
    for (const part of [this.scroller, this.list]) this.stay.observe(part);
    addEventListener("focus", this.#seen);
    document.addEventListener("visibilitychange", this.#seen);
  }

  stop() {
    this.stay.disconnect();
    removeEventListener("focus", this.#seen);
    document.removeEventListener("visibilitychange", this.#seen);
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#scrolled();
  }

  #scrolled() {
    const {scrollHeight, scrollTop, clientHeight} = this.scroller;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    this.newest.hidden = this.#isAtEnd;
    this.#seen();
  }

  /** Read is what stood on a visible page, at the end of the log. */
  #seen = () => {
    if (this.#isAtEnd && !document.hidden && this.element.isConnected && this.scroller.clientHeight) this.open.markRead();
  };

  render() {
    const {open, text} = this;
    this.older.hidden = !open.before;
    fill(this.list, this.#things());
    say(this.typing, open.isTyping ? text("typing") : "");
    if (this.#isAtEnd) this.toEnd();
    else this.newest.hidden = false;
    setTimeout(() => attribute(this.list, "aria-live", "polite"), 500); // what was there at first is no news
  }

  /** @returns {Thing[]} */
  #things() {
    const {open} = this;
    /** @type {Thing[]} */
    const things = [];
    const notes = [...open.notes].sort((a, b) => a.after_seq - b.after_seq || (a.at < b.at ? -1 : 1));
    const first = open.log[0]?.seq ?? 0;
    let at = notes.findIndex((note) => note.after_seq >= first);
    if (at < 0) at = open.before ? notes.length : 0;
    if (!open.before) at = 0;
    let day = "", who = "";
    const addNotes = (/** @type {number} */ seq) => {
      while (at < notes.length && notes[at].after_seq < seq) things.push(this.#note(notes[at++]));
    };
    for (const message of open.log) {
      const until = things.length;
      addNotes(message.seq);
      if (things.length > until) who = "";
      const date = new Date(message.at).toDateString();
      if (date !== day) (things.push(this.#day(message.at, (day = date))), (who = ""));
      const speaker = `${message.author}/${message.agent_id}`;
      things.push(this.#message(message, speaker !== who));
      who = speaker;
    }
    addNotes(Infinity);
    for (const entry of open.outbox.entries) things.push(this.#unsent(entry));
    return things;
  }

  /** @param {string} at @param {string} day @returns {Thing} */
  #day(at, day) {
    const words = new Date(at).toLocaleDateString(this.text.language, {month: "long", day: "numeric", weekday: "short"});
    return {key: `day/${day}`, sign: words, make: () => h("p", {class: "day"}, words)};
  }

  /** @param {Message} message @param {boolean} isFirst @returns {Thing} */
  #message(message, isFirst) {
    const {open, text} = this;
    const isRead = message.author === "agent" && (open.session?.customer_read_seq ?? 0) >= message.seq;
    const fate = ["failed", "refused", "uncertain", "pending"].includes(message.status) ? text(`fate.${message.status}`) : isRead ? text("fate.read") : "";
    const make = () => {
      const time = h("time", {datetime: message.at}, timeOf(message.at, text));
      if (message.author === "system") return h("p", {class: "system", "data-seq": message.seq}, message.text, time);
      const name = message.author === "customer" ? open.session?.customer_name || text("customer") : message.name || text(`author.${message.author}`);
      return h(
        "div",
        {class: `said ${message.author}${isFirst ? " first" : ""}`, "data-seq": message.seq},
        isFirst ? h("p", {class: "who"}, name, message.author === "bot" ? h("span", {class: "tag"}, text("author.bot")) : null) : h("span", {class: "hidden"}, name),
        h("div", {class: "bubble"}, ...message.parts.map((part) => this.#part(part, message))),
        message.author === "bot" ? this.#why(message) : null,
        h("p", {class: "foot"}, time, fate ? h("span", {class: "fate"}, fate) : null),
      );
    };
    return {key: message.cid && message.author === "agent" ? message.cid : `#${message.seq}`, sign: `${message.seq}/${message.status}/${isFirst}/${isRead}`, make};
  }

  /** @param {Part} part @param {Message} message */
  #part(part, message) {
    switch (part.type) {
      case "text":
        return part.markdown && message.author !== "customer" ? h("div", {class: "md"}, markdown(part.text)) : h("p", {}, part.text);
      case "file":
        return this.#file(part.file, part.caption);
      case "location":
        return h("p", {}, part.name || `${part.latitude.toFixed(5)}, ${part.longitude.toFixed(5)}`);
      case "choices":
        return h("div", {}, h("p", {}, part.text), h("ul", {class: "choices"}, ...part.options.map((option) => h("li", {}, option.text))));
      default:
        return h("p", {class: "picked"}, part.text || message.text);
    }
  }

  /** @param {FileRef} file @param {string} [caption] */
  #file(file, caption) {
    const href = `/desk/api/files/${encodeURIComponent(file.id)}?session=${encodeURIComponent(this.open.id)}`;
    const link = h("a", {class: "file", href, download: file.name}, icon(ICONS.file), h("span", {}, file.name), h("small", {}, bytes(file.size_bytes)));
    const isImage = /^image\/(png|jpeg|gif|webp)$/.test(file.mime);
    const picture = isImage && h("a", {class: "picture", href, download: file.name}, h("img", {src: href, alt: file.name, loading: "lazy", onerror: () => picture && picture.replaceWith(link)}));
    return h("div", {}, picture || link, caption ? h("p", {}, caption) : null);
  }

  /** What the bot had in mind, folded. @param {Message} message */
  #why({why}) {
    if (!why.decision) return null;
    const {text} = this;
    const candidates = (why.candidates ?? []).slice(0, 4);
    return h(
      "details",
      {class: "thought"},
      h("summary", {}, named(text, "decision", why.decision), why.confidence ? ` · ${percent(why.confidence)}` : ""),
      h("dl", {}, ...(why.entry ? [h("dt", {}, text("thought.entry")), h("dd", {class: "code"}, why.entry)] : []), ...(why.reason ? [h("dt", {}, text("why")), h("dd", {}, named(text, "reason", why.reason))] : [])),
      candidates.length ? h("ul", {}, ...candidates.map(([entry, confidence, title]) => h("li", {}, h("span", {}, title || entry), h("span", {class: "sure"}, percent(confidence))))) : null,
    );
  }

  /** @param {Note} note @returns {Thing} */
  #note(note) {
    const {text} = this;
    const make = () =>
      h("div", {class: "said note first"}, h("p", {class: "who"}, note.agent_name, h("span", {class: "tag"}, text("note.mark"))), h("div", {class: "bubble"}, h("p", {}, note.text)), h("p", {class: "foot"}, h("time", {datetime: note.at}, timeOf(note.at, text))));
    return {key: `note/${note.id}`, sign: note.text, make};
  }

  /** @param {Unsent} entry @returns {Thing} */
  #unsent(entry) {
    const {open, text} = this;
    const {outbox} = open;
    const {problem} = entry;
    const state = problem ? "failed" : outbox.isWaiting || !this.desk.line.isOnline ? "kept" : "sending";
    const make = () =>
      h(
        "div",
        {class: `said agent first unsent ${state}`},
        h("div", {class: "bubble"}, h("p", {}, entry.text)),
        h(
          "p",
          {class: "foot", role: problem ? "alert" : null},
          h("span", {class: "fate"}, problem ? trouble(text, new Problem(400, problem.code, problem.detail)) : text(`fate.${state}`)),
          problem ? button(text("retry"), () => outbox.retry(entry.cid), {kind: "small", act: "retry"}) : null,
          problem ? button(text("discard"), () => outbox.discard(entry.cid), {kind: "small", act: "discard"}) : null,
        ),
      );
    return {key: `out/${entry.cid}`, sign: state + (problem?.detail ?? ""), make};
  }

  async #readOlder() {
    if (this.#isOlderUnderway) return;
    this.#isOlderUnderway = true;
    const {scrollHeight, scrollTop} = this.scroller;
    try {
      say(this.said, "");
      await this.open.readOlder();
      this.render();
      this.scroller.scrollTop = scrollTop + this.scroller.scrollHeight - scrollHeight; // what was in sight stays there
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(this.said, trouble(this.text, error));
    } finally {
      this.#isOlderUnderway = false;
    }
  }
}

/** @param {number} size */
const bytes = (size) => (size < 1024 * 1024 ? `${Math.max(1, Math.round(size / 1024))} KB` : `${(size / 1024 / 1024).toFixed(1)} MB`);
