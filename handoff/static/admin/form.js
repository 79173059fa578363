/** @import {Say} from "../words.js" */
import {attribute, h, say} from "/static/dom.js";
import {Problem} from "../api.js";
import {button} from "../parts.js";
import {trouble} from "../words.js";

/** @typedef {{key: string, message: string}} Fault  What is wrong with a field. */

let count = 0;

/**
 * A form of an admin page: fields with their words and their faults beside them, what is not saved yet, and one place for the rest.
 *
 * @template V
 */
export class Form {
  /** @type {Map<string, {control: HTMLElement, wrong: HTMLElement}>} */ #fields = new Map();
  #base = "";
  #isBusy = false;
  /** Which field a code of the server belongs to. @type {Record<string, string>} */ places = {};

  /**
   * @param {Say} text
   * @param {{name: string, read: () => V, check?: () => Fault[], save: (value: V) => Promise<unknown>, act?: string}} how
   *   `check` in the agent's own language, before anything is sent; `save` throws the Problem that comes of it.
   */
  constructor(text, how) {
    this.text = text;
    this.how = how;
    this.fields = h("div", {class: "fields"});
    this.said = h("p", {class: "wrong", role: "alert", tabindex: -1});
    this.state = h("span", {class: "state quiet", role: "status"});
    this.reset = button(text("form.revert"), () => this.revert(), {kind: "small"});
    this.submit = button(how.act ?? text("form.save"), () => {}, {kind: "primary small", type: "submit", act: "save"});
    this.foot = h("footer", {class: "form-foot"}, this.said, h("div", {class: "row"}, this.state, this.reset, this.submit));
    this.element = h("form", {class: "admin-form", "aria-label": how.name, novalidate: true, onsubmit: this.#submitted, oninput: () => this.touched(), onchange: () => this.touched()}, this.fields, this.foot);
    this.element.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "s") (event.preventDefault(), this.element.requestSubmit());
    });
  }

  /** Puts back what was there. Whoever builds the form says how. */
  revert() {}

  /**
   * A field with its label, a hint under it, and a place for what is wrong with it.
   * @param {string} key @param {string} label @param {HTMLElement} control @param {{hint?: string | Node, more?: Node, isGroup?: boolean}} [how]
   */
  field(key, label, control, {hint, more, isGroup = false} = {}) {
    const id = `field-${++count}`;
    const wrong = h("p", {class: "wrong", id: `${id}-wrong`});
    const help = hint ? h("p", {class: "help quiet", id: `${id}-help`}, hint) : null;
    attribute(control, "aria-describedby", [help && `${id}-help`, `${id}-wrong`].filter(Boolean).join(" "));
    this.#fields.set(key, {control, wrong});
    if (isGroup) {
      attribute(control, "role", "group");
      attribute(control, "aria-labelledby", `${id}-label`);
      return h("div", {class: "field"}, h("span", {class: "label", id: `${id}-label`}, label), control, more ?? null, help, wrong);
    }
    control.id ||= id;
    return h("div", {class: "field"}, h("label", {class: "label", for: control.id}, label), more ? h("div", {class: "with-more"}, control, more) : control, help, wrong);
  }

  /** A place for the faults of something that has its own shape. @param {string} key @param {HTMLElement} control @param {HTMLElement} wrong */
  spot(key, control, wrong) {
    wrong.id ||= `field-${++count}-wrong`;
    attribute(control, "aria-describedby", wrong.id);
    this.#fields.set(key, {control, wrong});
  }

  /** @param {string} start */
  forget(start) {
    for (const key of this.#fields.keys()) if (key.startsWith(start)) this.#fields.delete(key);
  }

  get isDirty() {
    return this.#base !== "" && JSON.stringify(this.how.read()) !== this.#base;
  }

  /** What stands in the form now is what is saved. @param {string} [words] */
  settle(words = "") {
    this.#base = JSON.stringify(this.how.read());
    this.touched();
    say(this.state, words);
  }

  touched() {
    const isDirty = this.isDirty;
    say(this.state, isDirty ? this.text("form.dirty") : "");
    this.reset.hidden = !isDirty;
    attribute(this.element, "data-dirty", isDirty);
  }

  /** @param {Event} event */
  #submitted = async (event) => {
    event.preventDefault();
    if (this.#isBusy) return;
    this.clear();
    const faults = this.how.check?.() ?? [];
    if (faults.length) return this.blame(faults);
    this.#busy(true);
    try {
      await this.how.save(this.how.read());
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.refuse(error);
    } finally {
      this.#busy(false);
    }
  };

  /** @param {boolean} isBusy */
  #busy(isBusy) {
    this.#isBusy = isBusy;
    attribute(this.element, "aria-busy", isBusy && "true");
    attribute(this.submit, "aria-disabled", isBusy && "true");
    if (isBusy) say(this.state, this.text("form.saving"));
    else if (this.state.textContent === this.text("form.saving")) this.touched();
  }

  clear() {
    say(this.said, "");
    for (const {control, wrong} of this.#fields.values()) {
      say(wrong, "");
      attribute(control, "aria-invalid", null);
    }
  }

  /** Says each fault beside its field, and goes to the first. @param {Fault[]} faults */
  blame(faults) {
    const unplaced = [];
    /** @type {HTMLElement | null} */ let first = null;
    for (const {key, message} of faults) {
      const field = this.#fields.get(key) ?? this.#fields.get(key.split(".")[0]);
      if (!field) {
        unplaced.push(key ? `${key}: ${message}` : message);
        continue;
      }
      say(field.wrong, field.wrong.textContent ? `${field.wrong.textContent} ${message}` : message);
      attribute(field.control, "aria-invalid", "true");
      first ??= field.control;
    }
    say(this.said, unplaced.join(" "));
    const target = first?.matches("input, select, textarea, button") ? first : (first?.querySelector("input, select, textarea, button") ?? this.said);
    /** @type {HTMLElement} */ (target).focus();
  }

  /** What the server does not want. @param {Problem} problem */
  refuse(problem) {
    const faults = /** @type {Fault[]} */ (problem.body.problems ?? []);
    if (faults.length) return this.blame(faults);
    const place = this.places[problem.code];
    if (place) return this.blame([{key: place, message: trouble(this.text, problem)}]);
    say(this.said, trouble(this.text, problem));
    this.said.focus();
  }
}

/**
 * Several of a few, as words that are pressed or not.
 * @param {{value: string, words: string}[]} options @param {readonly string[]} chosen
 */
export function choices(options, chosen) {
  const boxes = options.map(({value, words}) => {
    const box = h("input", {type: "checkbox", value, checked: chosen.includes(value)});
    return {box, element: h("label", {class: "pick-one"}, box, h("span", {dir: "auto"}, words))};
  });
  return {
    element: h("div", {class: "choices-row"}, ...boxes.map((one) => one.element)),
    get value() {
      return boxes.filter(({box}) => box.checked).map(({box}) => box.value);
    },
    set value(values) {
      for (const {box} of boxes) box.checked = values.includes(box.value);
    },
  };
}

/**
 * One of a few, each with what it means.
 * @param {string} name @param {{value: string, words: string, meaning?: string, isDisabled?: boolean}[]} options @param {string} chosen
 */
export function cards(name, options, chosen) {
  const group = `${name}-${++count}`;
  const boxes = options.map(({value, words, meaning, isDisabled = false}) => {
    const box = h("input", {type: "radio", name: group, value, checked: value === chosen, disabled: isDisabled});
    return {box, element: h("label", {class: "card"}, box, h("span", {class: "card-words"}, h("b", {}, words), meaning ? h("span", {class: "quiet"}, meaning) : null))};
  });
  return {
    element: h("div", {class: "cards"}, ...boxes.map((one) => one.element)),
    get value() {
      return boxes.find(({box}) => box.checked)?.box.value ?? "";
    },
    set value(value) {
      for (const {box} of boxes) box.checked = box.value === value;
    },
  };
}
