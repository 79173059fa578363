/** @import {Conversation} from "./conversation.js" */
/** @import {FieldAsked} from "./frames.js" */
/** @import {Say} from "./texts.js" */
import {attribute, h, say} from "./dom.js";

/** Generous: the server has the last word. @type {Record<string, RegExp>} */
const SHAPES = {email: /^\S+@\S+\.\S+$/, tel: /^[+\d][\d\s().-]{4,24}$/};
const MAX_LENGTH = 200;

/** One line of a form, which says in words what is wrong with it: when it is left, and until it is right. */
class Line {
  /** @param {Say} text @param {FieldAsked} asked @param {HTMLElement} [label]  in place of the field's own */
  constructor(text, asked, label) {
    const {name, type, required} = asked;
    const id = `field-${name}`;
    this.text = text;
    this.asked = asked;
    this.input = h("input", {
      id, name, type, "aria-required": String(required), "aria-describedby": `${id}-why`, dir: type === "text" ? "auto" : "ltr",
      maxlength: type === "checkbox" ? null : MAX_LENGTH, autocomplete: /email|tel/.test(type) ? type : name === "name" ? name : "off",
      onchange: () => this.isRight(), oninput: () => this.input.ariaInvalid && this.isRight(),
    });
    this.why = h("p", {class: "why", id: `${id}-why`, "aria-live": "polite"});
    const words = h("label", {for: id, dir: "auto"}, label ?? asked.label, !required && h("small", {}, text("optional")));
    this.element = h("div", {class: `line ${type}`}, ...(label ? [this.input, words] : [words, this.input]), this.why);
  }

  get value() {
    return this.input.value.trim();
  }

  /** @param {string} [refusal]  what the gateway says of it */
  isRight(refusal) {
    const {type, required, label} = this.asked;
    let why = "";
    if (type === "checkbox") why = this.input.checked && !refusal ? "" : this.text("agree");
    else if (!this.value) why = required ? this.text("fillIn", {label: label ?? ""}) : "";
    else if (SHAPES[type] && (refusal || !SHAPES[type].test(this.value))) why = this.text(type === "email" ? "badEmail" : "badPhone");
    why ||= refusal ?? "";
    say(this.why, why);
    attribute(this.input, "aria-invalid", why ? "true" : null);
    return !why;
  }
}

/** Goes to the first line that is wrong; says whether there is none. @param {Line[]} lines @param {string} [refusal] */
function areRight(lines, refusal) {
  const wrong = lines.filter((line) => !line.isRight(refusal));
  wrong[0]?.input.focus();
  return !wrong.length;
}

/** What is asked before the first message: who somebody is, and whether they agree. */
export class FormCard {
  /** @type {unknown} */ #asked;
  /** @type {unknown} */ #refusal;
  /** @type {Line[]} */ #lines = [];

  /** @param {Conversation} conversation @param {Say} text @param {() => void} done */
  constructor(conversation, text, done) {
    this.conversation = conversation;
    this.text = text;
    this.done = done;
    this.button = h("button", {class: "primary"});
    this.wrong = h("p", {class: "why", role: "alert"});
    this.element = h("form", {class: "card", novalidate: true, hidden: true, "aria-labelledby": "fd-form", onsubmit: (/** @type {Event} */ event) => this.#submit(event)});
    this.elements = [this.element];
  }

  /** Where the filling in begins. */
  get first() {
    return this.element.hidden ? null : this.#lines[0]?.input;
  }

  render() {
    const {conversation, element, text} = this;
    const {form, isFilling, refusal} = conversation;
    if (!element.hidden && !form) this.done();
    element.hidden = !form;
    if (!form) return;
    const isOffline = form.kind === "offline";
    // The same form comes with every welcome: what has been written into it stays.
    if (this.#asked !== (this.#asked = JSON.stringify(form))) this.#build(isOffline);
    attribute(this.button, "aria-disabled", isFilling && "true");
    say(this.button, text(isFilling ? "sending" : isOffline ? "offlineGo" : "formGo"));
    say(this.wrong, refusal?.words ?? "");
    if (refusal && refusal !== this.#refusal) areRight(this.#lines.filter(({asked}) => refusal.fields.includes(asked.name)), refusal.words);
    this.#refusal = refusal;
  }

  /** @param {boolean} isOffline */
  #build(isOffline) {
    const {text} = this;
    const {fields, consent} = this.conversation.form ?? {fields: [], consent: null};
    this.#lines = fields.map((asked) => new Line(text, asked));
    if (consent) {
      const link = consent.url && /^https?:/.test(consent.url) && h("a", {href: consent.url, target: "_blank", rel: "noopener noreferrer"}, text("policy"));
      this.#lines.push(new Line(text, {name: "consent", type: "checkbox", required: true}, h("span", {}, consent.text, " ", link)));
    }
    this.element.replaceChildren(
      h("h3", {id: "fd-form"}, text(isOffline ? "offlineTitle" : "formTitle")),
      h("p", {}, text(isOffline ? "offlineLead" : "formLead")),
      ...this.#lines.map((line) => line.element),
      this.wrong,
      this.button,
    );
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    if (this.conversation.isFilling || !areRight(this.#lines)) return;
    const written = this.#lines.filter(({asked, value}) => asked.type !== "checkbox" && value);
    this.conversation.fill(Object.fromEntries(written.map(({asked, value}) => [asked.name, value])));
  }
}

/** Where to answer: an email address or a phone number, sent as what the customer says. */
export class ContactCard {
  #type = "";

  /** @param {Conversation} conversation @param {Say} text @param {() => void} done */
  constructor(conversation, text, done) {
    this.conversation = conversation;
    this.text = text;
    this.done = done;
    this.ways = ["email", "tel"].map((type) => h("button", {type: "button", onclick: () => this.#by(type, true)}, text(type === "email" ? "email" : "phone")));
    this.place = h("div");
    this.element = h(
      "form",
      {class: "card contact", novalidate: true, hidden: true, "aria-label": text("contact"), onsubmit: (/** @type {Event} */ event) => this.#submit(event)},
      h("div", {class: "ways", role: "group", "aria-label": text("contact")}, ...this.ways),
      this.place,
      h("button", {class: "primary"}, text("send")),
    );
    this.elements = [this.element];
    this.#by("email");
  }

  render() {
    const {log, outbox} = this.conversation;
    this.element.hidden = outbox.size > 0 || log.messages.at(-1)?.ask !== "contact";
  }

  /** @param {string} type @param {boolean} [takesFocus] */
  #by(type, takesFocus) {
    if (type === this.#type) return;
    this.#type = type;
    this.ways.forEach((way, index) => attribute(way, "aria-pressed", String((index === 0) === (type === "email"))));
    this.line = new Line(this.text, {name: "reply-to", type, label: this.text(type === "email" ? "email" : "phone"), required: true});
    this.place.replaceChildren(this.line.element);
    if (takesFocus) this.line.input.focus();
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    if (!this.line || !areRight([this.line])) return;
    this.conversation.say({text: this.line.value});
    this.line.input.value = "";
    this.done();
  }
}
