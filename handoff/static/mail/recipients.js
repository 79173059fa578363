/** @import {Mailbox} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {DRAWINGS} from "../talk/drawings.js";
import {parted} from "./kind.js";

export const COPIES_MAX_COUNT = 20;
/** As the server sees it: a name without spaces, and a domain with a dot. */
const ADDRESS = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9-]{2,63}$/i;
const BETWEEN = /[,;，；、\s]+/;

/** Who gets a copy: each a chip that can be taken away, and a field for more. What is no address stays in the field, and says so. */
export class Recipients {
  /** @type {Mailbox[]} */ #all = [];
  isTouched = false;

  /** @param {Say} text @param {string} id @param {() => void} changed */
  constructor(text, id, changed) {
    this.text = text;
    this.changed = changed;
    this.list = h("ul", {class: "mail-chips"});
    this.told = h("span", {class: "hidden", role: "status"});
    this.said = h("span", {class: "mail-wrong", id: `${id}-wrong`, role: "alert"});
    this.field = h("input", {
      type: "text", inputmode: "email", autocapitalize: "off", autocomplete: "off", spellcheck: "false", id, "aria-describedby": `${id}-wrong`,
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event), onblur: () => this.take(), oninput: () => this.#typed(),
    });
    this.element = h("div", {class: "mail-copies", onclick: (/** @type {Event} */ event) => event.target === this.element && this.field.focus()}, this.list, this.field, this.told, this.said);
  }

  /** @returns {Mailbox[]} */
  get all() {
    return this.#all;
  }

  /** What stands in the field is no address. */
  get isBroken() {
    return Boolean(this.field.value.trim());
  }

  /** @param {Mailbox[]} all */
  put(all) {
    this.#all = [...all];
    this.#draw();
  }

  /** Others instead, because their agent wants it so. @param {Mailbox[]} all */
  replace(all) {
    this.#all = [...all];
    this.#changed(this.#all.length ? "" : this.text("mail.only_sender"));
  }

  #draw() {
    const {text} = this;
    this.list.replaceChildren(
      ...this.#all.map((one) => {
        const label = text("mail.drop", {address: one.address});
        return h("li", {class: "mail-chip", title: one.address}, h("bdi", {}, one.name || one.address), h("button", {type: "button", "aria-label": label, title: label, onclick: () => this.#drop(one)}, icon(DRAWINGS.close)));
      }),
    );
    this.list.hidden = !this.#all.length;
  }

  /** @param {Mailbox} one */
  #drop(one) {
    const at = this.#all.indexOf(one);
    this.#all.splice(at, 1);
    this.#changed(this.text("mail.dropped", {address: one.address}));
    const next = this.list.querySelectorAll("button")[at];
    (next ?? this.field).focus();
  }

  #typed() {
    if (BETWEEN.test(this.field.value)) this.take();
    else this.#complain("");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && this.field.value.trim()) (event.preventDefault(), this.take());
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) event.preventDefault();
    else if (event.key === "Backspace" && !this.field.value && this.#all.length) (event.preventDefault(), this.#drop(this.#all[this.#all.length - 1]), this.field.focus());
  }

  /** Makes chips of what stands in the field; what is no address stays there. Whether nothing does. */
  take() {
    const written = this.field.value.trim();
    if (!written) return true;
    const {name, address} = parted(written);
    const found = name && ADDRESS.test(address) ? [{name, address}] : written.split(BETWEEN).map((one) => ({name: "", address: one.replace(/^<|>$/g, "")})).filter(({address: given}) => given);
    const wrong = found.filter(({address: given}) => !ADDRESS.test(given));
    const known = new Set(this.#all.map(({address: given}) => given.toLowerCase()));
    const fresh = found.filter((one) => !wrong.includes(one) && !known.has(one.address.toLowerCase()));
    const room = COPIES_MAX_COUNT - this.#all.length;
    this.#all.push(...fresh.slice(0, room));
    this.field.value = [...wrong, ...fresh.slice(room)].map(({address: given}) => given).join(", ");
    if (fresh.length) this.#changed("");
    this.#complain(wrong.length ? this.text("mail.no_address") : fresh.length > room ? this.text("error.letter_copies") : "");
    return !this.field.value;
  }

  /** @param {string} words */
  #complain(words) {
    attribute(this.field, "aria-invalid", words ? "true" : null);
    say(this.said, words);
  }

  /** @param {string} words */
  #changed(words) {
    this.isTouched = true;
    say(this.told, words);
    this.#draw();
    this.changed();
  }
}
