/** @import {Entry} from "./line.js" */
/** @import {Say} from "./texts.js" */
import {attribute, h, say} from "/static/dom.js";

const NEAR_PX = 80;

/** The call, line by line, for who has no loudspeaker: each line made once, its fate kept true. */
export class Reading {
  /** @type {Map<number, HTMLElement>} */
  #lines = new Map();

  #follows = true;

  /** @param {Say} text */
  constructor(text) {
    this.text = text;
    this.empty = h("p", {class: "quiet empty"}, text("log_empty"));
    this.list = h("div", {class: "log", role: "log", tabindex: "0", "aria-label": text("log")}, this.empty);
    this.list.addEventListener("scroll", () => { this.#follows = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR_PX; });
    new ResizeObserver(() => this.#follow()).observe(this.list);
    this.element = h("section", {class: "reading", "aria-labelledby": "reading"}, h("h2", {id: "reading"}, text("log")), this.list);
  }

  /** @param {Entry[]} entries */
  show(entries) {
    this.empty.hidden = entries.length > 0;
    const last = entries.at(-1)?.id ?? -1;
    if ([...this.#lines.keys()].some((id) => id > last)) for (const [id, line] of this.#lines) this.#drop(id, line); // the simulator was started anew
    const playing = entries.find((entry) => entry.fate === "waiting")?.id;
    for (const entry of entries) this.#line(entry, playing);
    const first = entries[0]?.id ?? 0;
    for (const [id, line] of this.#lines) if (id < first) this.#drop(id, line);
    this.#follow();
  }

  /** Whoever reads at the end goes on there; whoever has scrolled up is left alone. */
  #follow() {
    if (this.#follows) this.list.scrollTop = this.list.scrollHeight;
  }

  /** @param {number} id @param {HTMLElement} line */
  #drop(id, line) {
    line.remove();
    this.#lines.delete(id);
  }

  /** @param {Entry} entry @param {number | undefined} playing */
  #line(entry, playing) {
    let line = this.#lines.get(entry.id);
    if (!line) {
      line = this.#made(entry);
      this.#lines.set(entry.id, line);
      this.list.append(line);
    }
    if (!entry.fate) return;
    const fate = entry.id === playing ? "playing" : entry.fate;
    attribute(line, "data-fate", fate);
    say(/** @type {HTMLElement} */ (line.querySelector(".fate")), this.text(`fate_${fate}`));
  }

  /** @param {Entry} entry @returns {HTMLElement} */
  #made(entry) {
    if (entry.kind === "played") {
      return h("div", {class: "said theirs", "data-kind": "played"}, h("p", {class: "bubble", lang: entry.language}, entry.text), h("small", {class: "fate"}));
    }
    if (entry.kind === "said") {
      return h("div", {class: "said mine", "data-kind": "said"}, h("p", {class: "bubble"}, entry.text || entry.keys || this.#how(entry)), entry.text || entry.keys ? h("small", {}, this.#how(entry)) : null);
    }
    return h("p", {class: "notice", "data-kind": entry.kind}, this.#notice(entry));
  }

  /** How it was said. @param {Entry} entry */
  #how(entry) {
    const percent = Math.round((entry.confidence ?? 0) * 100);
    if (entry.how === "pick" && !entry.keys) return this.text("how_pick_said");
    return this.text(`how_${entry.how}`, {keys: entry.keys ?? "", percent});
  }

  /** @param {Entry} entry */
  #notice(entry) {
    const {text} = this;
    const who = text(entry.phone ?? "customer");
    switch (entry.kind) {
      case "key":
        return text("pressed", {keys: entry.keys ?? ""});
      case "call":
        return text(`call_${entry.stage}`, {who});
      case "over":
        return text("over", {who, why: /^\d+$/.test(entry.why ?? "") ? text("why_status", {status: entry.why ?? ""}) : text(`why_${entry.why}`)});
      case "state":
        return text(`state_${entry.state}`, {agent: entry.agent ?? ""});
      case "stage":
        return text(`stage_${entry.stage}`);
      default:
        return text(entry.kind);
    }
  }
}
