/** @import {Message} from "./frames.js" */
/** @import {Catalogue} from "./texts.js" */
// The styles first: scripts that stand together are packed better.
import {PANEL} from "./style.js";
import {sheet, TOKENS} from "./tokens.js";
import {Chime} from "./chime.js";
import {Composer} from "./composer.js";
import {Conversation} from "./conversation.js";
import {attribute, h, say} from "./dom.js";
import {ContactCard, FormCard} from "./form.js";
import {Head} from "./head.js";
import {SurveyCard} from "./survey.js";
import {texts} from "./texts.js";
import {Title} from "./title.js";
import {Transcript} from "./transcript.js";

const PHONE = "(max-width: 480px)";
const OFFLINE_SHOWN_AFTER_MS = 1_500;

/**
 * @typedef {{base: URL, prefix: string, locale: string, catalogue: Catalogue, scheme: string, root: ShadowRoot, identity?: string, unread: (count: number) => void,
 *            onward?: Promise<void>, closed: () => void, tell: (event: string, detail?: unknown) => void}} Door  What the loader hands over.
 */

/** The dialog that holds the conversation, which begins at once, still closed. */
export class Panel {
  #isQueued = false;
  #chime = new Chime();
  /** @type {number | undefined} */ #offline;
  #isCut = false;
  #isLost = false;
  #told = "";

  /** @param {Door} door */
  constructor(door) {
    const {base, prefix, locale, catalogue, scheme, root} = door;
    const text = texts(locale, catalogue);
    this.door = door;
    this.text = text;
    const conversation = new Conversation({base, prefix, locale, changed: () => this.#later(), heard: (message) => this.#heard(message)});
    this.conversation = conversation;
    this.title = new Title();
    this.transcript = new Transcript(conversation, text);
    this.composer = new Composer(conversation, text);
    const done = () => this.#takeFocus();
    const filled = () => this.isOpen && this.composer.input.focus();
    this.form = new FormCard(conversation, text, filled);
    this.cards = [this.form, new ContactCard(conversation, text, filled), new SurveyCard(conversation, text, done)];
    this.transcript.cards.append(...this.cards.flatMap((card) => card.elements));
    this.head = new Head(conversation, text, {close: () => door.closed(), end: () => this.#askToEnd(true), sound: () => this.#turnSound()});
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
    for (const css of [TOKENS, PANEL]) root.adoptedStyleSheets.push(sheet(css.replace(/\(prefers-color-scheme: ?dark\)/, scheme)));
    root.append(this.element);
    this.transcript.onseen = () => this.#seen();
    this.transcript.ondone = done;
    this.composer.onsent = () => this.transcript.toEnd();
    document.addEventListener("visibilitychange", this.#looked);
    for (const event of ["resize", "scroll"]) window.visualViewport?.addEventListener(event, this.#fit);
    conversation.start(door.identity);
    this.#render();
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** @param {{takesFocus?: boolean, words?: string}} [how]  words: put where the customer writes, unsent */
  open({takesFocus = true, words} = {}) {
    this.element.hidden = false;
    attribute(this.element, "aria-modal", matchMedia(PHONE).matches && "true");
    this.#fit();
    if (words) this.composer.put(words);
    this.transcript.toEnd();
    if (takesFocus) this.#takeFocus();
    this.#render();
  }

  /** To where one writes; on a phone the keyboard would then cover what is to be read. */
  #takeFocus() {
    (matchMedia(PHONE).matches ? this.element : (this.form.first ?? this.composer.input)).focus();
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
    document.removeEventListener("visibilitychange", this.#looked);
    for (const event of ["resize", "scroll"]) window.visualViewport?.removeEventListener(event, this.#fit);
    clearTimeout(this.#offline);
    this.head.stop();
    this.title.show(0);
    this.conversation.stop();
    this.element.remove();
  }

  #built() {
    return h(
      "section",
      {
        class: "panel", role: "dialog", tabindex: -1, hidden: true,
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
        ondragover: (/** @type {DragEvent} */ event) => this.#drag(event),
        ondragleave: () => this.element.classList.remove("drop"),
        ondrop: (/** @type {DragEvent} */ event) => this.#dropped(event),
      },
      this.head.element,
      this.ask,
      this.banner,
      this.transcript.element,
      this.composer.element,
      h("p", {class: "dropzone", "aria-hidden": "true"}, this.text("drop")),
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
    const {status, unread, config} = conversation;
    const {state, agent, position} = conversation.stand;
    this.transcript.render();
    const wasAsked = this.form.first;
    for (const card of this.cards) card.render();
    if (!wasAsked && this.composer.input.matches(":focus")) this.#takeFocus();
    this.composer.render();
    attribute(element, "aria-label", config.name || this.text("title"));
    attribute(element, "data-state", state);
    attribute(element, "data-status", status);
    this.#warn();
    this.head.render(this.#isCut);
    this.#seen();
    if (config.link) door.onward ??= import(`${door.base}static/onward.js`).then(({join}) => join(this), () => {});
    door.unread(this.isOpen && !document.hidden ? 0 : unread);
    this.title.show(document.hidden ? unread : 0);
    const told = {status, state, agent, position};
    if (this.#told !== (this.#told = JSON.stringify(told))) door.tell("state", told);
  }

  /** Whoever turns it on hears what it will be. */
  #turnSound() {
    const {keep} = this.conversation;
    keep.isLoud = !keep.isLoud;
    if (keep.isLoud) this.#chime.play();
    this.#later();
  }

  /** Says that the connection is gone, but neither for a blink nor while the first one is only slow; and what the gateway had to say. */
  #warn() {
    const {banner, conversation} = this;
    const {status, notice} = conversation;
    if (status === "online") {
      clearTimeout(this.#offline);
      this.#offline = undefined;
      this.#isCut = this.#isLost = false;
    } else {
      this.#isLost ||= status === "waiting";
      this.#offline ??= setTimeout(() => ((this.#isCut = true), this.#later()), OFFLINE_SHOWN_AFTER_MS);
    }
    const words = notice || (this.#isCut && this.#isLost ? this.text("offline") : "");
    banner.hidden = !words;
    say(banner, words);
  }

  /** @param {Message} message */
  #heard(message) {
    this.door.tell("message", {author: message.author, text: message.text ?? "", at: message.at});
    const isLookedAt = this.isOpen && !document.hidden && document.hasFocus();
    if (this.conversation.keep.isLoud && !isLookedAt) this.#chime.play();
  }

  #looked = () => this.#render();

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
    if (event.key === "Escape" && !event.isComposing) this.ask.hidden ? this.door.closed() : this.#askToEnd(false);
    if (event.key === "Tab" && this.element.hasAttribute("aria-modal")) this.#stayInside(event);
  }

  /** @param {KeyboardEvent} event */
  #stayInside(event) {
    /** @type {HTMLElement[]} */
    const stops = [...this.element.querySelectorAll("button, input, textarea, a[href], [tabindex='0']")].filter(isReachable);
    const first = stops[0];
    const last = stops.at(-1);
    const now = this.door.root.activeElement;
    if (event.shiftKey ? now === first || now === this.element : now === last) {
      event.preventDefault();
      (event.shiftKey ? last : first)?.focus();
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

  /** A phone's keyboard covers the page without making it smaller: the panel keeps to what can be seen, unless that is magnified. */
  #fit = () => {
    const seen = window.visualViewport;
    const isWhole = seen && seen.scale < 1.05;
    this.element.style.setProperty("--height", isWhole ? `${Math.round(seen.height)}px` : null);
    this.element.style.setProperty("--top", isWhole ? `${Math.round(seen.offsetTop)}px` : null);
  };
}

/** @param {Element} element @returns {element is HTMLElement} */
const isReachable = (element) => element.checkVisibility() && !element.matches(":disabled, [tabindex='-1']");
