/** @import {Choice, Entry, Message} from "./frames.js" */
/** @import {Conversation} from "./conversation.js" */
/** @import {Say} from "./texts.js" */
import {bubble, button} from "./bubble.js";
import {attribute, h, icon, ICONS, say} from "./dom.js";
import {dayOf} from "./hours.js";

const NEAR_PX = 60;

/**
 * @typedef {{key: string, kind: "day" | "turn" | "said", text?: string, message?: Message, entry?: Entry, isFirst?: boolean,
 *            name?: string}} Item  A line of the list.
 */

/** The list of messages: a live log whose history is not announced. Shows what the conversation holds, and changes only what differs. */
export class Transcript {
  /** @type {Map<string, HTMLElement>} */ #shown = new Map();

  /** @param {Conversation} conversation @param {Say} text */
  constructor(conversation, text) {
    this.conversation = conversation;
    this.text = text;
    this.list = h("div", {class: "log", role: "log", "aria-label": text("log"), "aria-live": "off"});
    this.typing = h("div", {class: "typing", hidden: true}, h("span", {class: "hidden"}), h("i"), h("i"), h("i"));
    this.newest = h("button", {class: "newest", type: "button", "aria-label": text("newest"), hidden: true, onclick: () => this.toEnd()}, icon(ICONS.down));
    this.count = h("span");
    this.newest.append(this.count);
    /** What is asked of the customer just now: a form, a contact, a rating. */
    this.cards = h("div", {class: "cards"});
    this.scroller = h("div", {class: "scroll", tabindex: 0, onscroll: () => this.#scrolled()}, this.list, this.typing, this.cards);
    this.element = h("div", {class: "transcript"}, this.scroller, this.newest);
    // Pictures arrive, the keyboard opens, the survey unfolds: whoever was at the end stays there.
    const stay = new ResizeObserver(() => this.#wasAtEnd && this.toEnd());
    for (const part of [this.scroller, this.list, this.cards]) stay.observe(part);
  }

  #wasAtEnd = true;
  #top = 0;

  get isAtEnd() {
    const {scrollHeight, scrollTop, clientHeight} = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_PX;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#scrolled();
  }

  /** What comes in below is no reason to stay behind: only who scrolls up has left the end. */
  #scrolled() {
    const {scrollTop} = this.scroller;
    this.#wasAtEnd = this.isAtEnd || (this.#wasAtEnd && scrollTop >= this.#top);
    this.#top = scrollTop;
    this.newest.hidden = this.#wasAtEnd;
    if (this.#wasAtEnd) this.onseen();
  }

  /** Called when the end of the list comes into sight. */
  onseen = () => {};

  /** Called when a button has done its work and is about to go: the focus must not go with it. */
  ondone = () => {};

  render() {
    const {conversation} = this;
    const items = this.#items();
    // The people of this conversation: where the gateway speaks of one of them, somebody comes or goes.
    const names = [conversation.stand.agent, ...conversation.log.messages.map(({author, name}) => author === "agent" && name)];
    const keys = new Set(items.map((item) => item.key));
    for (const [key, element] of this.#shown) if (!keys.has(key)) (element.remove(), this.#shown.delete(key));
    let before = this.list.firstElementChild;
    for (const item of items) {
      const element = this.#shown.get(item.key) ?? this.#made(item);
      if (item.message?.author === "system") element.classList.toggle("turn", names.some((name) => name && item.message?.text?.includes(name)));
      if (item.text) say(/** @type {Element} */ (element.firstChild), item.text); // today becomes yesterday
      if (element === before) before = before.nextElementSibling;
      else this.list.insertBefore(element, before);
    }
    this.#marks();
    const {typist, unread} = conversation;
    say(this.count, unread ? String(unread) : "");
    this.typing.hidden = !typist;
    const name = typist === "agent" ? (conversation.stand.agent ?? this.text("agent")) : this.text("bot");
    say(/** @type {Element} */ (this.typing.firstChild), typist ? this.text("typing", {name}) : "");
    if (this.#wasAtEnd) this.toEnd();
    else this.newest.hidden = false;
    // From the first complete view on, what comes is news.
    if (conversation.status === "online" && conversation.log.isWhole) {
      setTimeout(() => attribute(this.list, "aria-live", "polite"), 100);
    }
  }

  /** @returns {Item[]} */
  #items() {
    const {log, unsent, config, stand, now} = this.conversation;
    /** @type {Item[]} */
    const items = [];
    let day = "", author = "", agent = "", told = "";
    if (!log.floor) {
      const greeting = config.greeting || this.text("greeting");
      items.push({key: greeting, kind: "said", isFirst: true, message: greetingOf(greeting)});
      author = "bot";
    }
    /** @param {Message} message @param {Entry} [entry] */
    const add = (message, entry) => {
      const date = new Date(message.at).toDateString();
      const isToday = date === new Date(now).toDateString();
      if (date !== day && !(isToday && !day)) items.push({key: "day" + date, kind: "day", text: dayOf(new Date(message.at), this.text.locale, now)});
      if (message.author === "system") told += message.text;
      if (message.author === "agent" && message.name && message.name !== agent) this.#joined(items, (agent = message.name), told);
      const who = message.author + (message.name ?? "");
      items.push({key: message.cid ?? `#${message.seq}`, kind: "said", message, entry, isFirst: who !== author || (date !== day && Boolean(day))});
      [author, day] = [who, date];
    };
    for (const message of log.messages) add(message);
    if (stand.agent && isWithAgent(stand.state) && stand.agent !== agent) this.#joined(items, stand.agent, told);
    for (const entry of unsent) add(messageOf(entry), entry);
    return items;
  }

  /** Says who has come, unless the gateway's own words (`told`) have named them already. @param {Item[]} items @param {string} name @param {string} told */
  #joined(items, name, told) {
    if (told.includes(name)) return;
    const count = items.filter((item) => item.name === name).length;
    items.push({key: `joined/${name}/${count}`, kind: "turn", text: this.text("joined", {name}), name});
  }

  /** @param {Item} item */
  #made({key, kind, message, isFirst, text}) {
    const {conversation} = this;
    const pick = (/** @type {Choice} */ choice) => {
      conversation.say({choice: choice.id, text: choice.text});
      this.ondone();
    };
    const element = message
      ? bubble(message, Boolean(isFirst), {text: this.text, base: conversation.door.base, pick})
      : h("p", {class: kind}, h("span", {dir: "auto"}, text));
    this.#shown.set(key, element);
    return element;
  }

  /** What became of each own message, and which choices can still be picked. */
  #marks() {
    const {log, outbox, readByAgent} = this.conversation;
    const own = log.messages.filter((message) => message.author === "customer").at(-1);
    for (const [key, element] of this.#shown) {
      const mark = element.querySelector(".mark");
      const entry = outbox.get(key);
      if (mark) {
        attribute(element, "data-fate", entry ? (entry.error ? "failed" : this.#fate) : "sent");
        const isNewest = own && key === (own.cid ?? `#${own.seq}`);
        if (entry?.error) this.#failed(mark, entry);
        else say(mark, entry ? this.text(this.#fate) : isNewest ? this.text(own.seq <= readByAgent ? "read" : "sent") : "");
      }
      const choices = /** @type {HTMLElement | null} */ (element.querySelector(".choices"));
      const last = log.messages.at(-1);
      if (choices) choices.hidden = outbox.size > 0 || key !== (last?.cid ?? `#${last?.seq}`);
    }
  }

  /** What is becoming of unsent messages. @returns {"sending" | "kept"} */
  get #fate() {
    return this.conversation.status === "online" ? "sending" : "kept";
  }

  /** @param {Element} mark @param {Entry} entry */
  #failed(mark, entry) {
    if (mark.querySelector("button")) return;
    const {conversation, text} = this;
    mark.replaceChildren(
      h("span", {dir: "auto"}, `${text("failed")} · ${entry.error}`),
      button(text("retry"), () => (conversation.retry(entry.cid), this.ondone())),
      button(text("discard"), () => (conversation.discard(entry.cid), this.ondone())),
    );
  }
}

/** @param {string} state */
export const isWithAgent = (state) => ["active", "waiting_customer", "on_hold"].includes(state);

/** @param {string} text @returns {Message} */
const greetingOf = (text) => ({seq: 0, id: "greeting", author: "bot", text, markdown: true, at: new Date().toISOString()});

/** @param {Entry} entry @returns {Message} */
function messageOf({cid, at, body, file}) {
  return {seq: 0, id: cid, cid, author: "customer", at, text: body.text, files: file && [file]};
}
