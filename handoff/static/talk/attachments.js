/** @import {Api} from "../api.js" */
/** @import {FileRef} from "../shapes.js" */
/** @import {Say} from "../words.js" */
/** @import {Limits} from "./limits.js" */
import {attribute, h, icon} from "/static/dom.js";
import {Problem} from "../api.js";
import {button} from "../parts.js";
import {trouble} from "../words.js";
import {DRAWINGS} from "./drawings.js";
import {refusal} from "./limits.js";
import {bytes, isPicture} from "./pieces.js";
import {keepPreview, previewOf} from "./previews.js";

const FILES_MAX_COUNT = 10;
const AT_ONCE = 2;

/** @typedef {{file: File | null, name: string, ref: FileRef | null, problem: string, abort: AbortController, element: HTMLElement, bar: HTMLElement, isUnderway: boolean}} Piece */

/** The files of the reply that is being written: each goes up as soon as it is chosen, and with the reply once it is there. */
export class Attachments {
  /** @type {Piece[]} */ #pieces = [];

  /** @param {Api} api @param {Say} text @param {string} sessionId @param {() => void} changed */
  constructor(api, text, sessionId, changed) {
    this.api = api;
    this.text = text;
    this.sessionId = sessionId;
    this.changed = changed;
    this.element = h("ul", {class: "tray", "aria-label": text("files"), hidden: true});
  }

  /** Those that are there. @returns {FileRef[]} */
  get refs() {
    return this.#pieces.flatMap(({ref}) => (ref ? [ref] : []));
  }

  get isEmpty() {
    return !this.#pieces.length;
  }

  get isUnderway() {
    return this.#pieces.some(({ref, problem}) => !ref && !problem);
  }

  get isBroken() {
    return this.#pieces.some(({problem}) => problem);
  }

  /** Adds files; what can't be sent is refused at once. @param {Iterable<File>} files @param {Limits} limits @returns {string[]} why some are not taken */
  add(files, limits) {
    const refused = [];
    for (const file of files) {
      const why = this.#pieces.length >= FILES_MAX_COUNT ? this.text("file.too_many", {count: FILES_MAX_COUNT}) : refusal(file, limits, this.text);
      if (why) refused.push(why);
      else this.#put(file.name || this.text("file.unnamed"), file, null);
    }
    this.#next();
    this.#show();
    return [...new Set(refused)];
  }

  /** Takes up what was there before a reload. @param {FileRef[]} refs */
  restore(refs) {
    for (const ref of refs) this.#put(ref.name, null, ref);
    this.#show();
  }

  /** They have gone with their reply. */
  clear() {
    for (const {element, abort} of this.#pieces) (abort.abort(), element.remove());
    this.#pieces = [];
    this.#show();
  }

  /** @param {string} name @param {File | null} file @param {FileRef | null} ref */
  #put(name, file, ref) {
    const bar = h("progress", {max: 1, value: 0, "aria-label": this.text("file.going", {name})});
    /** @type {Piece} */
    const piece = {file, name, ref, problem: "", abort: new AbortController(), element: h("li", {class: "attached"}), bar, isUnderway: false};
    this.#pieces.push(piece);
    this.element.append(piece.element);
    this.#draw(piece);
  }

  /** @param {Piece} piece */
  #draw(piece) {
    const {text} = this;
    const {file, ref, name, problem, element} = piece;
    const size = file?.size ?? ref?.size_bytes ?? 0;
    const again = () => ((piece.problem = ""), this.#draw(piece), this.#next());
    attribute(element, "data-state", problem ? "failed" : ref ? "ready" : "going");
    element.replaceChildren(
      this.#face(piece),
      h("span", {class: "with"}, h("bdi", {class: "name", title: name}, name), problem ? h("small", {class: "wrong", role: "alert"}, problem) : ref ? h("small", {}, bytes(size)) : piece.bar),
      problem ? button(text("retry"), again, {kind: "small", act: "again"}) : "",
      h("button", {type: "button", class: "button bare", "aria-label": text(ref || problem ? "file.remove" : "file.cancel", {name}), title: text(ref || problem ? "file.remove" : "file.cancel", {name}), onclick: () => this.#remove(piece)}, icon(DRAWINGS.close)),
    );
  }

  /** @param {Piece} piece */
  #face({file, ref}) {
    const href = (ref && previewOf(ref.id)) ?? (ref && isPicture(ref.mime) ? `/desk/api/files/${encodeURIComponent(ref.id)}?session=${encodeURIComponent(this.sessionId)}` : null);
    if (href) return h("img", {src: href, alt: ""});
    if (!file || !isPicture(file.type)) return icon(DRAWINGS.file);
    const src = URL.createObjectURL(file);
    const free = () => URL.revokeObjectURL(src);
    return h("img", {src, alt: "", onload: free, onerror: free});
  }

  #next() {
    const underway = this.#pieces.filter(({isUnderway}) => isUnderway).length;
    for (const piece of this.#pieces.filter((one) => one.file && !one.ref && !one.problem && !one.isUnderway).slice(0, Math.max(0, AT_ONCE - underway))) void this.#upload(piece);
  }

  /** @param {Piece} piece */
  async #upload(piece) {
    const file = /** @type {File} */ (piece.file);
    piece.isUnderway = true;
    try {
      const named = file.name ? file : new File([file], piece.name, {type: file.type});
      const answer = await this.api.upload(`sessions/${this.sessionId}/files`, named, (share) => attribute(piece.bar, "value", share), piece.abort.signal);
      piece.ref = answer.file;
      if (isPicture(answer.file.mime)) keepPreview(answer.file.id, file);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      piece.problem = error.code === "aborted" ? "" : trouble(this.text, error);
    } finally {
      piece.isUnderway = false;
    }
    if (!this.#pieces.includes(piece)) return;
    this.#draw(piece);
    this.#next();
    this.#show();
  }

  /** @param {Piece} piece */
  #remove(piece) {
    this.#pieces = this.#pieces.filter((one) => one !== piece);
    piece.abort.abort();
    piece.element.remove();
    this.#next();
    this.#show();
  }

  #show() {
    this.element.hidden = this.isEmpty;
    this.changed();
  }
}
