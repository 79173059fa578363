/** @import {Conversation} from "../conversation.js" */
/** @import {Desk} from "../desk.js" */
/** @import {Say} from "../words.js" */
import {h, say} from "/static/dom.js";

const AGAIN_MS = 10_000;

/** Who else looks at this session just now, and writes; and tells them of us. Nothing hangs on it: who is silent is soon forgotten. */
export class Looking {
  /** @type {{id: string, shown_name: string, is_writing: boolean}[]} */ others = [];
  #isWriting = false;

  /** @param {Desk} desk @param {Say} text @param {Conversation} open */
  constructor(desk, text, open) {
    this.desk = desk;
    this.text = text;
    this.open = open;
    this.element = h("span", {class: "looking", role: "status"});
    this.stops = [desk.hear("looking", (frame) => this.#heard(frame)), desk.hear("hello", () => this.#tell())];
    this.timer = setInterval(() => this.#tell(), AGAIN_MS);
    document.addEventListener("visibilitychange", this.#tell);
    this.#tell();
  }

  stop() {
    clearInterval(this.timer);
    for (const stop of this.stops) stop();
    document.removeEventListener("visibilitychange", this.#tell);
    this.desk.tell({type: "look", session_id: null, is_writing: false});
  }

  /** @param {boolean} isOn */
  writes(isOn) {
    if (this.#isWriting === isOn) return;
    this.#isWriting = isOn;
    this.#tell();
  }

  #tell = () => void this.desk.tell({type: "look", session_id: document.hidden || this.open.problem ? null : this.open.id, is_writing: this.#isWriting && !document.hidden});

  /** @param {import("../shapes.js").Frame} frame */
  #heard(frame) {
    if (frame.session_id !== this.open.id) return;
    this.others = frame.agents ?? [];
    this.render();
  }

  render() {
    const {text} = this;
    const writers = this.others.filter((one) => one.is_writing);
    const shown = writers.length ? writers : this.others;
    const names = new Intl.ListFormat(text.language, {type: "conjunction"}).format(shown.map((one) => one.shown_name));
    say(this.element, !shown.length ? "" : text(writers.length ? "looking.writing" : "looking", {names}));
    this.element.classList.toggle("writing", writers.length > 0);
  }
}
