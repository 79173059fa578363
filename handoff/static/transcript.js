/** @import {Conversation} from "./conversation.js" */
/** @import {Desk} from "./desk.js" */
/** @import {Message} from "./shapes.js" */
/** @import {Line} from "./talk/story.js" */
/** @import {Fate} from "./talk/fates.js" */
/** @import {Say} from "./words.js" */
import {attribute, h, say} from "/static/dom.js";
import {Problem} from "./api.js";
import {button} from "./parts.js";
import {Bubbles} from "./talk/bubbles.js";
import {fateOf} from "./talk/fates.js";
import {News} from "./talk/news.js";
import {Roll} from "./talk/roll.js";
import {Story} from "./talk/story.js";
import {Tail} from "./talk/tail.js";
import {trouble} from "./words.js";

const NEAR_PX = 80;
/** Older messages are asked for when fewer than this many heights of the view are left above. */
const OLDER_AHEAD = 3;

/** What was said, in order: customer, bot, agents, system, and colleagues' notes at the place where they were written. */
export class Transcript {
  #isAtEnd = true;
  #top = 0;
  #size = "";
  #isOlderUnderway = false;
  #generation = -1;
  #read = 0;
  #state = "";
  /** The lines whose fate is shown: how far the newest reply has come, and how far the customer has read. @type {Line[]} */ #latest = [];
  /** The first and the last line, days aside. @type {Line | null} */ #first = null;
  /** @type {Line | null} */ #last = null;
  /** @type {Set<string>} */ #notes = new Set();

  /** @param {Desk} desk @param {Say} text @param {Conversation} open */
  constructor(desk, text, open) {
    this.desk = desk;
    this.text = text;
    this.open = open;
    this.older = button(text("older"), () => this.#readOlder(), {kind: "small older"});
    this.said = h("p", {class: "wrong", role: "alert"});
    this.scroller = h("div", {class: "scroll", tabindex: 0, role: "group", "aria-label": text("log"), onscroll: () => this.#scrolled()});
    this.roll = new Roll(this.scroller, text("log"));
    const bubbles = new Bubbles(text, open, {text, sessionId: open.id, view: (image) => void this.#view(image)});
    this.story = new Story(bubbles, (message) => this.#fate(message));
    this.tail = new Tail(desk, open, bubbles);
    this.news = new News(text, open);
    this.typing = h("p", {class: "typing", role: "status"});
    this.top = h("div", {class: "top"}, this.older, this.said);
    this.scroller.append(this.top, this.roll.element, this.tail.element, this.typing);
    this.newest = button(text("newest"), () => this.toEnd(), {kind: "small newest"});
    this.element = h("div", {class: "transcript"}, this.scroller, this.newest, this.news.element);
    this.stay = new ResizeObserver(() => this.#isAtEnd && this.toEnd());
    for (const part of [this.scroller, this.roll.element, this.tail.element]) this.stay.observe(part);
    this.unhear = desk.hear("pong", () => open.beat());
    addEventListener("focus", this.#seen);
    document.addEventListener("visibilitychange", this.#seen);
  }

  stop() {
    this.stay.disconnect();
    this.unhear();
    this.roll.stop();
    removeEventListener("focus", this.#seen);
    document.removeEventListener("visibilitychange", this.#seen);
  }

  toEnd() {
    const {scroller} = this;
    this.#isAtEnd = true;
    this.#top = 0;
    scroller.scrollTop = scroller.scrollHeight;
    this.roll.settle();
    scroller.scrollTop = scroller.scrollHeight; // what came into sight is built only now, and has its real height
    this.#top = scroller.scrollTop;
    this.#scrolled();
  }

  /** A mail that is longer than the view is read from its head on. */
  #toItsHead() {
    const {scroller} = this;
    const last = this.#isAtEnd && this.#last?.element;
    const hidden = last ? scroller.getBoundingClientRect().top - last.getBoundingClientRect().top : 0;
    if (hidden <= NEAR_PX) return;
    this.#isAtEnd = false;
    scroller.scrollTop -= hidden;
    this.#top = scroller.scrollTop;
    if (!document.hidden && scroller.clientHeight) this.open.markRead(); // who opens a mail has it before them
  }

  #scrolled() {
    const {scrollHeight, scrollTop, clientHeight, clientWidth} = this.scroller;
    const size = `${clientWidth}/${clientHeight}`;
    const isResized = this.#size !== size;
    this.#size = size;
    const isNear = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.#isAtEnd && !isNear && (isResized || scrollTop >= this.#top)) return this.toEnd(); // things have grown; nobody has left the end
    this.#isAtEnd = isNear;
    this.#top = scrollTop;
    this.newest.hidden = this.#isAtEnd;
    if (this.#isAtEnd) this.news.seen();
    this.roll.settle();
    if (scrollTop < OLDER_AHEAD * clientHeight && !this.said.textContent && this.#generation >= 0) this.#readOlder();
    this.#seen();
  }

  /** Read is what stood on a visible page, at the end of the log. */
  #seen = () => {
    if (this.#isAtEnd && !document.hidden && this.element.isConnected && this.scroller.clientHeight) this.open.markRead();
  };

  render() {
    const {open, text} = this;
    this.older.hidden = !open.before;
    const isFirst = this.#generation < 0;
    const isNew = this.#tell();
    this.#fates();
    const isMore = this.tail.render(this.#last);
    this.#marks();
    say(this.typing, open.isTyping ? text("typing") : "");
    if (this.#isAtEnd && (isNew || isMore)) this.toEnd();
    if (isFirst && open.letter) requestAnimationFrame(() => this.#toItsHead());
    say(/** @type {Element} */ (this.newest.lastElementChild), this.news.count ? text("newest.count", {count: this.news.count}) : text("newest"));
    attribute(this.newest, "data-news", this.news.count ? true : null);
  }

  /** Brings the roll to what the log holds; whether that has made it longer. */
  #tell() {
    const {record: log} = this.open;
    const touched = log.take().map((seq) => /** @type {Message} */ (log.get(seq)));
    const notes = this.open.notes.filter((note) => !this.#notes.has(note.id) && (!this.open.before || note.after_seq >= log.first));
    const [firstOrder, lastOrder] = [this.#first?.order ?? Infinity, this.#last?.order ?? -Infinity];
    const fresh = touched.filter((message) => !this.story.known.has(this.story.keyOf(message)));
    const isWhole = this.#generation !== log.generation;
    if (!isWhole && !touched.length && !notes.length) return false;
    const isAfter = fresh.every(({seq}) => seq > lastOrder) && notes.every(({after_seq}) => after_seq + 0.5 > lastOrder);
    const isBefore = fresh.every(({seq}) => seq < firstOrder) && notes.every(({after_seq}) => after_seq + 0.5 < firstOrder);
    if (isWhole || !(isAfter || isBefore)) return this.#tellAll();
    for (const message of touched) if (!fresh.includes(message)) this.#again(message);
    if (!fresh.length && !notes.length) return false;
    for (const note of notes) this.#notes.add(note.id);
    if (isAfter) this.#tellAfter(this.story.lines(fresh, notes));
    else this.#tellBefore(this.story.lines(fresh, notes));
    return isAfter;
  }

  #tellAll() {
    const {record: log, before, notes} = this.open;
    const isFirst = this.#generation < 0;
    this.#generation = log.generation;
    this.story.clear();
    this.roll.clear();
    const shown = notes.filter((note) => !before || note.after_seq >= log.first);
    this.#notes = new Set(shown.map(({id}) => id));
    const lines = this.story.lines(log.all, shown);
    [this.#first, this.#last] = [lines[0] ?? null, lines[lines.length - 1] ?? null];
    this.roll.lay(this.story.told(lines, null));
    this.tail.forget();
    if (isFirst) this.#isAtEnd = true;
    this.roll.settle();
    return true;
  }

  /** @param {Line[]} lines */
  #tellAfter(lines) {
    const told = this.story.told(lines, this.#last);
    for (const line of told) this.tail.give(line, this.#fate);
    this.#first ??= lines[0];
    this.#last = lines[lines.length - 1];
    this.roll.append(told);
    this.news.heard(lines, this.#isAtEnd);
  }

  /** @param {Line[]} lines */
  #tellBefore(lines) {
    const told = this.story.told(lines, null);
    const [first, last] = [this.#first, lines[lines.length - 1]];
    this.roll.prepend(told);
    this.roll.keep(() => {
      const day = first && last.day === first.day && this.roll.chunks.flatMap(({rows}) => rows).find((row) => row.key === `day/${first.day}` && !told.includes(/** @type {any} */ (row)));
      if (day) this.roll.remove(day);
      this.story.join(last, first);
      this.roll.remeasureFirst();
    });
    this.#first = lines[0];
    this.roll.settle();
  }

  /** A message that stands there already has changed. @param {Message} message */
  #again(message) {
    const line = this.story.known.get(this.story.keyOf(message));
    if (!line) return;
    const isFuller = line.message && line.message.parts !== message.parts && JSON.stringify(line.message.parts) !== JSON.stringify(message.parts);
    line.message = message;
    if (line.element && isFuller) this.story.bubbles.refill(line.element, message);
    if (line.element) this.story.bubbles.fated(line.element, this.#fate(message), message);
  }

  /** The marks below the customer's read mark, when that has moved or the session is another's. */
  #fates() {
    const {session, record: log, isMine} = this.open;
    const read = session?.customer_read_seq ?? 0;
    if (read === this.#read && this.#state === `${isMine}`) return;
    const from = this.#state === `${isMine}` ? Math.min(this.#read, read) : 0;
    [this.#read, this.#state] = [read, `${isMine}`];
    for (let at = log.all.length - 1; at >= 0 && log.all[at].seq > from; at--) if (log.all[at].author === "agent") this.#again(log.all[at]);
  }

  /** All others have come at least as far: to say so of each would be noise. */
  #marks() {
    const {all} = this.open.record;
    const lineOf = (/** @type {Message | undefined} */ message) => message && this.story.known.get(this.story.keyOf(message));
    const newest = all.findLast(({author}) => author === "agent");
    const read = newest && this.#fate(newest) === "read" ? newest : all.findLast((message) => message.author === "agent" && this.#fate(message) === "read");
    const latest = [lineOf(newest), lineOf(read)].filter((line) => line !== undefined);
    for (const line of this.#latest) if (!latest.includes(line)) (line.isLatest = false, line.element?.classList.remove("latest"));
    for (const line of latest) (line.isLatest = true, line.element?.classList.add("latest"));
    this.#latest = latest;
  }

  /** @param {Message} message @returns {Fate} */
  #fate = (message) => fateOf(message, this.open.session?.customer_read_seq ?? 0, Boolean(this.open.letter));

  async #readOlder() {
    if (this.#isOlderUnderway || !this.open.before) return;
    this.#isOlderUnderway = true;
    attribute(this.older, "aria-busy", "true");
    try {
      say(this.said, "");
      await this.open.readOlder();
      this.render();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(this.said, trouble(this.text, error));
    } finally {
      this.#isOlderUnderway = false;
      attribute(this.older, "aria-busy", null);
    }
  }

  /** @param {HTMLElement} image */
  async #view(image) {
    const {view} = await import("./talk/viewer.js");
    view(image, this.roll.element, this.text);
  }
}
