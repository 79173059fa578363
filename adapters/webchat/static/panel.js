/** @import {Message} from "./frames.js" */
/** @import {Say} from "./texts.js" */
import {Composer} from "./composer.js";
import {Conversation} from "./conversation.js";
import {attribute, h, icon, ICONS, say} from "./dom.js";
import {PANEL} from "./style.js";
import {texts} from "./texts.js";
import {sheet, TOKENS} from "./tokens.js";
import {isWithAgent, Transcript} from "./transcript.js";

const PHONE = "(max-width: 480px)";
const OFFLINE_SHOWN_AFTER_MS = 1_500;

/**
 * @typedef {{base: URL, prefix: string, locale: string, root: ShadowRoot, identity?: string, unread: (count: number) => void,
 *            closed: () => void, tell: (event: string, detail?: unknown) => void}} Door  What the loader hands over.
 */

/** Begins the conversation, still closed. @param {Door} door */
export async function start(door) {
  const text = await texts(door.locale);
  return new Panel(door, text);
}

/** The dialog that holds the conversation. */
export class Panel {
  #isQueued = false;
  /** @type {Promise<void> | undefined} */ #ask;
  /** @type {import("./survey.js").SurveyCard | undefined} */ #card;
  /** @type {number | undefined} */ #offline;

  /** @param {Door} door @param {Say} text */
  constructor(door, text) {
    this.door = door;
    this.text = text;
    const {base, prefix, locale} = door;
    const conversation = new Conversation({base, prefix, locale, changed: () => this.#later(), heard: (message) => this.#heard(message)});
    this.conversation = conversation;
    this.transcript = new Transcript(conversation, text);
    this.composer = new Composer(conversation, text);
    this.survey = h("div", {class: "ending"});
    this.title = h("h2", {id: "fd-title"}, text("title"));
    this.stand = h("p", {class: "stand", role: "status"});
    this.end = h("button", {type: "button", class: "tool", "aria-label": text("end"), title: text("end"), hidden: true, onclick: () => this.#askToEnd(true)}, icon(ICONS.end));
    this.goOn = h("button", {type: "button", class: "quiet", onclick: () => this.#askToEnd(false)}, text("endNo"));
    this.ask = h(
      "div",
      {class: "ask", hidden: true, role: "group", "aria-label": text("endAsk")},
      h("p", {}, text("endAsk")),
      h("button", {type: "button", class: "primary", onclick: () => this.#ended()}, text("endYes")),
      this.goOn,
    );
    this.banner = h("p", {class: "banner", role: "status", hidden: true});
    this.element = this.#built();
    door.root.adoptedStyleSheets.push(sheet(TOKENS), sheet(PANEL));
    door.root.append(this.element);
    this.transcript.onseen = () => this.#seen();
    this.transcript.ondone = () => this.#takeFocus();
    this.composer.onsent = () => this.transcript.toEnd();
    document.addEventListener("visibilitychange", this.#seen);
    window.visualViewport?.addEventListener("resize", this.#fit);
    conversation.start(door.identity);
    this.#render();
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** @param {{takesFocus?: boolean}} [how] */
  open({takesFocus = true} = {}) {
    this.element.hidden = false;
    attribute(this.element, "aria-modal", matchMedia(PHONE).matches && "true");
    this.#fit();
    this.transcript.toEnd();
    if (takesFocus) this.#takeFocus();
    this.#render();
  }

  /** To where one writes; on a phone the keyboard would then cover what is to be read. */
  #takeFocus() {
    (matchMedia(PHONE).matches ? this.element : this.composer.input).focus();
  }

  close() {
    this.element.hidden = true;
    this.#askToEnd(false);
  }

  /** @param {string} identity */
  identify(identity) {
    this.conversation.identify(identity);
  }

  stop() {
    document.removeEventListener("visibilitychange", this.#seen);
    window.visualViewport?.removeEventListener("resize", this.#fit);
    clearTimeout(this.#offline);
    this.conversation.stop();
    this.element.remove();
  }

  #built() {
    const {text} = this;
    const close = h("button", {type: "button", class: "tool", "aria-label": text("close"), title: text("close"), onclick: () => this.door.closed()}, icon(ICONS.close));
    return h(
      "section",
      {
        class: "panel", role: "dialog", "aria-labelledby": "fd-title", tabindex: -1, hidden: true,
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
        ondragover: (/** @type {DragEvent} */ event) => this.#drag(event),
        ondragleave: () => this.element.classList.remove("drop"),
        ondrop: (/** @type {DragEvent} */ event) => this.#dropped(event),
      },
      h("div", {class: "head"}, h("span", {class: "dot"}), h("div", {class: "who"}, this.title, this.stand), this.end, close),
      this.ask,
      this.banner,
      this.transcript.element,
      this.survey,
      this.composer.element,
      h("p", {class: "dropzone", "aria-hidden": "true"}, text("drop")),
    );
  }

  /** Shows what has changed, once per frame however much it was. */
  #later() {
    if (this.#isQueued) return;
    this.#isQueued = true;
    const render = () => ((this.#isQueued = false), this.#render());
    if (document.hidden) setTimeout(render, 50);
    else requestAnimationFrame(render);
  }

  #render() {
    const {conversation, door, element} = this;
    this.transcript.render();
    if (conversation.survey) this.#ask ??= this.#askHow();
    this.#card?.render();
    this.composer.render();
    if (conversation.config.name) say(this.title, conversation.config.name);
    attribute(element, "data-state", conversation.stand.state);
    attribute(element, "data-status", conversation.status);
    this.end.hidden = !conversation.canAct || !conversation.log.messages.length || ["closed", "wrap_up"].includes(conversation.stand.state);
    this.#warn();
    say(this.stand, this.#standing());
    this.#seen();
    door.unread(this.isOpen && !document.hidden ? 0 : conversation.unread);
  }

  /** The survey's code is fetched when there is one. */
  async #askHow() {
    const {SurveyCard} = await import("./survey.js");
    this.#card = new SurveyCard(this.conversation, this.text);
    this.#card.onclosed = () => this.#takeFocus();
    this.survey.append(this.#card.element, this.#card.thanks);
    this.#card.render();
  }

  /** Where the session stands, in words. */
  #standing() {
    const {text} = this;
    const {state, agent, position, eta_s} = this.conversation.stand;
    if (this.conversation.status !== "online" && !this.banner.hidden) return text("connecting");
    if (isWithAgent(state)) return text(state === "on_hold" ? "standHold" : "standAgent", {name: agent || text("agent")});
    if (state === "closed") return text("standClosed");
    if (state !== "queued" && state !== "offered") return text("standBot");
    const wait = eta_s == null ? "" : eta_s < 60 ? text("standSoon") : text("standEta", {n: Math.ceil(eta_s / 60)});
    return [position ? text("standPosition", {n: position}) : text("standQueued"), wait].filter(Boolean).join(" · ");
  }

  /** Says that the connection is gone, but not for a blink; and what the gateway had to say otherwise. */
  #warn() {
    const {conversation, banner} = this;
    if (conversation.status !== "online") {
      this.#offline ??= setTimeout(() => {
        say(banner, this.text("offline"));
        banner.hidden = false;
        this.#later();
      }, OFFLINE_SHOWN_AFTER_MS);
      return;
    }
    clearTimeout(this.#offline);
    this.#offline = undefined;
    say(banner, conversation.notice);
    banner.hidden = !conversation.notice;
  }

  /** @param {Message} message */
  #heard(message) {
    this.door.tell("message", {author: message.author, text: message.text ?? "", at: message.at});
  }

  #seen = () => {
    if (this.isOpen && !document.hidden && this.transcript.isAtEnd) this.conversation.markRead();
  };

  /** @param {boolean} isAsked */
  #askToEnd(isAsked) {
    this.ask.hidden = !isAsked;
    if (isAsked) this.goOn.focus();
    else if (this.isOpen) this.#takeFocus();
  }

  #ended() {
    this.conversation.end();
    this.#askToEnd(false);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    event.stopPropagation(); // the page's own shortcuts are not meant
    if (event.key === "Escape" && !event.isComposing) this.door.closed();
    if (event.key === "Tab" && this.element.hasAttribute("aria-modal")) this.#stayInside(event);
  }

  /** @param {KeyboardEvent} event */
  #stayInside(event) {
    /** @type {HTMLElement[]} */
    const stops = [...this.element.querySelectorAll("button, textarea, a[href], [tabindex='0']")].filter(isReachable);
    const [first, last] = [stops[0], stops[stops.length - 1]];
    const now = this.door.root.activeElement;
    if (event.shiftKey ? now === first || now === this.element : now === last) {
      event.preventDefault();
      (event.shiftKey ? last : first).focus();
    }
  }

  /** @param {DragEvent} event */
  #drag(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.element.classList.add("drop");
  }

  /** @param {DragEvent} event */
  #dropped(event) {
    event.preventDefault();
    this.element.classList.remove("drop");
    this.composer.add([...(event.dataTransfer?.files ?? [])]);
  }

  /** A phone's keyboard covers the page without making it smaller: the panel keeps to what can be seen. */
  #fit = () => {
    const seen = window.visualViewport;
    if (seen) this.element.style.setProperty("--fd-height", `${Math.round(seen.height)}px`);
  };
}

/** @param {Element} element @returns {element is HTMLElement} */
const isReachable = (element) => element.checkVisibility() && !element.hasAttribute("disabled") && element.getAttribute("tabindex") !== "-1";
