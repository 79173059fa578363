/** @import {Choice, Entry, Message, SentFile} from "./frames.js" */
/** @import {Conversation} from "./conversation.js" */
/** @import {Say} from "./texts.js" */
import {attribute, h, icon, ICONS, say} from "./dom.js";
import {markdown} from "./markdown.js";

const NEAR_PX = 60;

/**
 * @typedef {{key: string, kind: "day" | "note" | "said", text?: string, message?: Message, entry?: Entry, isFirst?: boolean,
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
    this.newest = h("button", {class: "newest", type: "button", "aria-label": text("newest"), hidden: true, onclick: () => this.toEnd()});
    this.newest.append(icon(ICONS.down));
    this.scroller = h("div", {class: "scroll", tabindex: 0, onscroll: () => this.#scrolled()}, this.list, this.typing);
    this.element = h("div", {class: "transcript"}, this.scroller, this.newest);
    // Pictures arrive, the keyboard opens, the survey unfolds: whoever was at the end stays there.
    const stay = new ResizeObserver(() => this.#wasAtEnd && this.toEnd());
    for (const part of [this.scroller, this.list]) stay.observe(part);
  }

  #wasAtEnd = true;

  get isAtEnd() {
    const {scrollHeight, scrollTop, clientHeight} = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_PX;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#scrolled();
  }

  #scrolled() {
    this.#wasAtEnd = this.isAtEnd;
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
    const keys = new Set(items.map((item) => item.key));
    for (const [key, element] of this.#shown) if (!keys.has(key)) (element.remove(), this.#shown.delete(key));
    let before = this.list.firstElementChild;
    for (const item of items) {
      const element = this.#shown.get(item.key) ?? this.#made(item);
      if (element === before) before = before.nextElementSibling;
      else this.list.insertBefore(element, before);
    }
    this.#marks();
    const {typist} = conversation;
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
    const {log, unsent, config, stand} = this.conversation;
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
      const isToday = date === new Date().toDateString();
      if (date !== day && !(isToday && !day)) items.push({key: "day" + date, kind: "day", text: this.#day(message.at)});
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
    items.push({key: `joined/${name}/${count}`, kind: "note", text: this.text("joined", {name}), name});
  }

  /** @param {string} at */
  #day(at) {
    const date = new Date(at), now = new Date();
    const days = Math.round((new Date(now.toDateString()).getTime() - new Date(date.toDateString()).getTime()) / 86_400_000);
    if (days < 2) return this.text(days < 1 ? "today" : "yesterday");
    return date.toLocaleDateString(this.text.locale, {month: "long", day: "numeric", weekday: "short"});
  }

  /** @param {Item} item */
  #made(item) {
    const element = item.message ? this.#bubble(item.message, Boolean(item.isFirst)) : h("p", {class: item.kind}, item.text);
    this.#shown.set(item.key, element);
    return element;
  }

  /** @param {Message} message @param {boolean} isFirst */
  #bubble(message, isFirst) {
    const isOwn = message.author === "customer";
    const name = message.name || (message.author === "bot" ? this.text("bot") : message.author === "agent" ? this.text("agent") : "");
    const said = h("div", {class: "bubble"});
    if (message.text) said.append(message.markdown && !isOwn ? markdown(message.text) : message.text);
    for (const file of message.files ?? []) said.append(this.#file(file));
    const time = new Date(message.at).toLocaleTimeString(this.text.locale, {hour: "2-digit", minute: "2-digit"});
    return h(
      "div",
      {class: `said ${message.author}${isFirst ? " first" : ""}`, "data-seq": message.seq || null},
      isOwn ? h("span", {class: "hidden"}, this.text("you")) : isFirst && name && h("div", {class: "name"}, name),
      said,
      message.seq > 0 && h("time", {datetime: message.at, class: "time"}, time),
      message.choices?.length ? this.#choices(message.choices) : null,
      isOwn && h("div", {class: "mark"}),
    );
  }

  /** @param {Choice[]} choices */
  #choices(choices) {
    const pick = (/** @type {Choice} */ choice) => {
      this.conversation.say({choice: choice.id, text: choice.text});
      this.ondone();
    };
    return h("div", {class: "choices"}, ...choices.map((choice) => h("button", {type: "button", onclick: () => pick(choice)}, choice.text)));
  }

  /** @param {SentFile} file */
  #file(file) {
    const url = new URL(file.url, this.conversation.door.base);
    if (!/^https?:$/.test(url.protocol)) return h("span", {class: "file"}, file.name);
    const chip = h(
      "a",
      {class: "file", href: url.href, target: "_blank", rel: "noopener noreferrer", download: file.name},
      icon(ICONS.file), h("span", {}, file.name), h("small", {}, bytes(file.size)),
    );
    if (!/^image\/(png|jpeg|gif|webp)$/.test(file.mime)) return chip;
    // A page may forbid pictures from here (img-src): then the file is still a link.
    const image = h("img", {src: url.href, alt: file.name, onerror: () => picture.replaceWith(chip)});
    const picture = h("a", {class: "picture", href: url.href, target: "_blank", rel: "noopener noreferrer"}, image);
    return picture;
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
    /** @param {string} words @param {() => void} act */
    const button = (words, act) => h("button", {type: "button", onclick: () => (act(), this.ondone())}, words);
    mark.replaceChildren(
      h("span", {title: entry.error}, text("failed")),
      button(text("retry"), () => conversation.retry(entry.cid)),
      button(text("discard"), () => conversation.discard(entry.cid)),
    );
  }
}

/** @param {string} state */
export const isWithAgent = (state) => ["active", "waiting_customer", "on_hold"].includes(state);

/** @param {number} size */
export function bytes(size) {
  return size < 1024 * 1024 ? `${Math.max(1, Math.round(size / 1024))} KB` : `${(size / 1024 / 1024).toFixed(1)} MB`;
}

/** @param {string} text @returns {Message} */
const greetingOf = (text) => ({seq: 0, id: "greeting", author: "bot", text, markdown: true, at: new Date().toISOString()});

/** @param {Entry} entry @returns {Message} */
function messageOf({cid, at, body, file}) {
  return {seq: 0, id: cid, cid, author: "customer", at, text: body.text, files: file && [file]};
}
