/** @import {Act, Name, Phone, View} from "./line.js" */
/** @import {Say} from "./texts.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {NAMES} from "./line.js";

const KEYS = "123456789*0#";
const WAYS = {customer: ["loses_packets", "is_cut", "keys_as_info"], agent: ["loses_packets", "is_cut"]};
const SAYS = ["silence", "microphone", "tone"];
const PHONE = "M7 4h3l1.5 4-2 1.5a10 10 0 0 0 5 5l1.5-2 4 1.5v3a2 2 0 0 1-2 2A15 15 0 0 1 5 6a2 2 0 0 1 2-2z";
const DOWN = "M4 14.5c4.5-4 11.5-4 16 0l-1.5 2.5-3.5-1.5v-2.3a9 9 0 0 0-6 0v2.3L5.5 17z";
const MS = 1000;

/** @typedef {{act: Act, begins: () => void, speaks: (name: Name, how: string) => Promise<boolean>, sounds: (name: Name, isOn: boolean) => void}} To */

/** Minutes and seconds. @param {number} seconds */
export const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, "0")}`;

/** One telephone. */
export class Handset {
  /** @type {Phone | null} */
  #phone = null;
  #answeredAt = 0;

  /** @param {Name} name @param {Say} text @param {To} to */
  constructor(name, text, to) {
    this.name = name;
    this.text = text;
    this.to = to;
    const id = `phone-${name}`;
    this.stands = h("p", {class: "stands", role: "status"});
    this.time = h("span", {class: "time", "aria-hidden": "true"});
    this.ring = this.#button("ring", "go", PHONE, () => this.#deed("ring", {number: this.number?.value ?? ""}));
    this.take = this.#button("take", "go", PHONE, () => this.#deed("take"));
    this.end = this.#button("hang_up", "stop", DOWN, () => this.#deed("end"));
    this.hold = h("button", {type: "button", class: "button", "aria-pressed": "false", hidden: true, onclick: () => this.#deed("hold", {is_on: !this.#phone?.is_held})}, text("hold"));
    this.buttons = h("div", {class: "deeds"}, name === "customer" && this.ring, this.take, this.end, this.hold);
    this.level = h("meter", {min: "0", max: "1", value: "0", "aria-label": text("level")});
    this.mine = h("meter", {min: "0", max: "1", value: "0", "aria-label": text("mine")});
    this.trouble = h("p", {class: "trouble", role: "alert"});
    this.says = h("select", {id: `${id}-says`, onchange: () => void this.#says()}, ...SAYS.map((how) => h("option", {value: how}, text(`says_${how}`))));
    this.absent = h("p", {class: "quiet", hidden: true}, text("no_phone"));
    this.element = h("section", {class: `handset ${name}`, "aria-labelledby": id},
      h("header", {class: "top"}, h("h2", {id}, text(name)), this.time),
      this.stands,
      ...this.#keys(id),
      this.absent,
      this.buttons,
      h("div", {class: "levels"}, h("span", {"aria-hidden": "true"}, text("level")), this.level, h("span", {"aria-hidden": "true"}, text("mine")), this.mine),
      h("label", {class: "check"}, h("input", {type: "checkbox", checked: name === "customer", onchange: (/** @type {Event} */ event) => to.sounds(name, checked(event))}), text("loudspeaker")),
      h("div", {class: "line"}, h("label", {for: this.says.id}, text("says")), this.says), this.trouble,
      h("fieldset", {}, h("legend", {}, text("ways")), ...this.#ways()));
  }

  /** @param {View} view */
  show(view) {
    const phone = view.phones[this.name];
    const {stage} = phone;
    if (stage === "talking") this.#answeredAt = performance.now() - phone.talk_s * MS;
    this.#phone = phone;
    attribute(this.element, "data-stage", stage);
    attribute(this.element, "data-held", phone.is_held);
    say(this.stands, this.text(stage === "talking" && phone.is_held ? "held" : stage, {time: ""}).trim());
    this.#offer(this.ring, stage === "idle");
    this.#offer(this.take, stage === "ringing");
    this.#offer(this.end, stage !== "idle");
    this.#offer(this.hold, stage === "talking");
    say(this.end.querySelector("span") ?? this.end, this.text({calling: "give_up", ringing: "decline"}[/** @type {"calling"} */ (stage)] ?? "hang_up"));
    attribute(this.hold, "aria-pressed", String(phone.is_held));
    this.absent.hidden = this.name === "customer" || view.has_agent_phone;
    if (this.dials) say(this.dials, this.text("dials", {number: view.number}));
    if (this.number && document.activeElement !== this.number) this.number.value = phone.user;
    if (this.number) this.number.readOnly = stage !== "idle";
    for (const [way, box] of this.boxes) box.checked = phone.ways[way];
    this.says.value = phone.says;
    this.tick();
    this.#keepFocus();
  }

  /** Moves the timer on. */
  tick() {
    say(this.time, this.#phone?.stage === "talking" ? clock((performance.now() - this.#answeredAt) / MS) : "");
  }

  /** @param {number} heard @param {number} said */
  weigh(heard, said) {
    this.level.value = heard;
    this.mine.value = said;
  }

  /** @param {string} deed @param {Record<string, any>} [more] */
  #deed(deed, more) {
    this.to.begins();
    this.to.act(this.name, deed, more);
  }

  /** @param {string} word @param {string} look @param {string} path @param {() => void} onclick */
  #button(word, look, path, onclick) {
    const hidden = true; // until the simulator has said how the telephone stands: it would not hear it
    return h("button", {type: "button", class: `button ${look}`, "data-deed": word, hidden, onclick}, icon(path), h("span", {}, this.text(word)));
  }

  /** @param {HTMLElement} button @param {boolean} isThere */
  #offer(button, isThere) {
    if (!isThere && document.activeElement === button) this.loses = true;
    button.hidden = !isThere;
  }

  loses = false;

  /** Whoever pressed a button that is gone goes on with the one that is there. */
  #keepFocus() {
    if (!this.loses) return;
    this.loses = false;
    const next = [this.take, this.end, this.ring].find((button) => button.isConnected && !button.hidden);
    (next ?? this.says).focus();
  }

  /** @param {string} id @returns {Node[]} */
  #keys(id) {
    if (this.name !== "customer") return [];
    this.number = h("input", {id: `${id}-number`, type: "tel", autocomplete: "off", maxlength: "32"});
    this.dials = h("p", {class: "quiet dials"});
    const pad = h("div", {class: "pad", role: "group", "aria-label": this.text("keypad")},
      ...[...KEYS].map((key) => h("button", {type: "button", class: "key", "aria-label": this.text("key", {key}), onclick: () => this.#press(key)}, key)));
    pad.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !KEYS.includes(event.key)) return;
      event.preventDefault();
      this.#press(event.key);
    });
    return [h("div", {class: "line"}, h("label", {for: this.number.id}, this.text("number")), this.number), this.dials, pad];
  }

  /** @param {string} key */
  #press(key) {
    if (this.#phone?.stage === "talking") this.#deed("key", {keys: key});
  }

  /** @type {Map<string, HTMLInputElement>} */
  boxes = new Map();

  #ways() {
    return WAYS[this.name].map((way) => {
      const box = h("input", {type: "checkbox", onchange: () => this.#deed("way", {way, is_on: box.checked})});
      this.boxes.set(way, box);
      return h("label", {class: "check"}, box, this.text(`way_${way}`));
    });
  }

  async #says() {
    const how = this.says.value;
    say(this.trouble, "");
    if (await this.to.speaks(this.name, how)) return this.#deed("says", {says: how});
    say(this.trouble, this.text("no_microphone"));
    this.says.value = "silence";
    this.#deed("says", {says: "silence"});
  }
}

/** @param {Event} event */
const checked = (event) => /** @type {HTMLInputElement} */ (event.target).checked;

/** @param {Say} text @param {To} to */
export const handsets = (text, to) => NAMES.map((name) => new Handset(name, text, to));
