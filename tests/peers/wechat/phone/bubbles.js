/** @import {Chat, Message, Act} from "./platform.js" */
/** @import {Say} from "./texts.js" */
import {h, icon} from "/static/dom.js";
import {SIGNS} from "./signs.js";

const APART_MS = 5 * 60_000;
const PIECES = /<a\s+href="([^"<>]*)"[^<>]*>([^<>]*)<\/a>|(https?:\/\/[^\s<>"，。；：！？（）【】]+)/g;

/** Text as WeChat shows it: links, and the one tag that accounts may use. @param {string} text @returns {(Node | string)[]} */
export function linked(text) {
  /** @type {(Node | string)[]} */
  const pieces = [];
  let from = 0;
  for (const found of text.matchAll(PIECES)) {
    pieces.push(text.slice(from, found.index));
    const url = found[1] ?? found[3];
    const label = found[2] ?? found[3];
    pieces.push(/^https?:/.test(url) ? h("a", {href: url, rel: "noreferrer noopener", target: "_blank"}, label) : label);
    from = found.index + found[0].length;
  }
  pieces.push(text.slice(from));
  return pieces;
}

/** When something was shown, in the reader's words. @param {string} at @param {string} language */
export const clock = (at, language) =>
  new Intl.DateTimeFormat(language, {month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23"}).format(new Date(at));

/** What isn't text, by its sign. @param {keyof typeof SIGNS} kind @param {string} words */
const signed = (kind, words) => h("span", {class: "sign"}, icon(SIGNS[kind]), words);

/** The lines of a chat, each made once. */
export class Log {
  /** @type {Chat | null} */
  #chat = null;
  #shown = 0;
  #last = 0;

  /** @param {Say} text @param {string} language @param {Act} act */
  constructor(text, language, act) {
    this.text = text;
    this.language = language;
    this.act = act;
    this.element = h("div", {class: "log", role: "log", tabindex: "0", "aria-label": text("chat")});
  }

  /** @param {Chat} chat */
  show(chat) {
    const isOther = this.#chat?.account !== chat.account || this.#chat.phone !== chat.phone;
    if (isOther) {
      this.element.replaceChildren();
      this.#shown = this.#last = 0;
    }
    this.#chat = chat;
    const fresh = chat.messages.filter((message) => message.id > this.#shown);
    for (const message of fresh) this.#add(message);
    if (fresh.length || isOther) this.element.scrollTop = this.element.scrollHeight;
  }

  /** @param {Message} message */
  #add(message) {
    const at = Date.parse(message.at);
    if (at - this.#last > APART_MS) this.element.append(h("p", {class: "time"}, clock(message.at, this.language)));
    this.#last = at;
    this.#shown = message.id;
    this.element.append(message.kind === "event" || message.via === "platform" ? this.#notice(message) : this.#said(message));
  }

  /** @param {Message} message */
  #notice(message) {
    const {text} = this;
    /** @type {Record<string, string>} */
    const deeds = {follow: text("followed"), unfollow: text("unfollowed"), scan: text("scanned")};
    const words = message.via === "platform" ? message.text : (deeds[message.text] ?? text("tapped", {label: message.text}));
    return h("p", {class: "notice", "data-via": message.via}, words);
  }

  /** @param {Message} message */
  #said(message) {
    const isMine = message.via === "phone";
    const how = {passive: this.text("passive"), custom: this.text("custom"), template: this.text("via_template")}[/** @type {"custom"} */ (message.via)];
    return h("div", {class: `said ${isMine ? "mine" : "theirs"}`, "data-via": message.via, "data-kind": message.kind},
      h("span", {class: "face", "aria-hidden": "true"}, isMine ? this.text("you") : "公"),
      h("div", {class: "body"}, h("div", {class: "bubble"}, ...this.#content(message)), !isMine && h("small", {class: "via"}, how)));
  }

  /** @param {Message} message @returns {(Node | string | false)[]} */
  #content(message) {
    const {text} = this;
    switch (message.kind) {
      case "text":
      case "template":
        return linked(message.text);
      case "image":
        return message.url ? [h("img", {src: message.url, alt: text("photo")})] : [text("photo")];
      case "voice":
        return [signed("voice", text("voice"))];
      case "video":
        return [signed("video", text("video"))];
      case "location":
        return [signed("location", message.text || text("location"))];
      case "link":
        return [signed("link", message.text)];
      case "msgmenu":
        return this.#menu(message);
      case "news":
        return (message.content.articles ?? []).map((/** @type {any} */ one) => h("span", {class: "card"}, h("b", {}, one.title ?? one.Title ?? ""), h("span", {}, one.description ?? one.Description ?? "")));
      default:
        return [`${text("strange", {kind: message.kind})} ${message.text}`];
    }
  }

  /** @param {Message} message */
  #menu(message) {
    const {head_content: head, list = [], tail_content: tail} = message.content;
    const tap = (/** @type {{id: string, content: string}} */ one) => () => this.act({deed: "option", id: String(one.id), text: one.content});
    return [
      head && h("span", {class: "line"}, ...linked(head)),
      ...list.map((/** @type {any} */ one) => h("button", {type: "button", class: "option", onclick: tap(one)}, one.content)),
      tail && h("span", {class: "line"}, ...linked(tail)),
    ];
  }
}
