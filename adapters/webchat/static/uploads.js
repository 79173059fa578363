/** @import {Conversation} from "./conversation.js" */
/** @import {Say} from "./texts.js" */
import {h, icon, ICONS} from "./dom.js";
import {bytes} from "./transcript.js";

const UPLOAD_MAX_MS = 120_000;

/** Files on their way up. Each becomes a message once the gateway has it; one that fails stays, to be tried again or discarded. */
export class Uploads {
  /** @param {Conversation} conversation @param {Say} text @param {HTMLElement} element */
  constructor(conversation, text, element) {
    this.conversation = conversation;
    this.text = text;
    this.element = element;
  }

  /** @param {File} file */
  add(file) {
    const size = this.conversation.config.file_max_bytes;
    if (size && file.size > size) this.#show(this.text("tooLarge", {name: file.name, size: bytes(size)}));
    else void this.#upload(file);
  }

  /** @param {File} file */
  async #upload(file) {
    const row = this.#show(this.text("uploading", {name: file.name}), {isBusy: true});
    try {
      const sent = await this.#put(file);
      row.remove();
      this.conversation.say({file: sent.id}, sent);
    } catch (error) {
      row.remove();
      const why = error instanceof Refused ? `: ${error.message}` : "";
      this.#show(this.text("uploadFailed", {name: file.name}) + why, {again: () => void this.#upload(file)});
    }
  }

  /** @param {File} file */
  async #put(file) {
    const form = new FormData();
    form.append("file", file, file.name || "file");
    const answer = await fetch(new URL("files", this.conversation.door.base), {
      method: "POST", body: form, credentials: "omit", signal: AbortSignal.timeout(UPLOAD_MAX_MS),
      headers: {Authorization: `Bearer ${this.conversation.token}`},
    });
    const body = await answer.json();
    if (!answer.ok) throw new Refused(body.detail ?? body.title ?? answer.statusText);
    return body.file;
  }

  /** @param {string} words @param {{isBusy?: boolean, again?: () => void}} [how] */
  #show(words, {isBusy, again} = {}) {
    const row = h("div", {class: isBusy ? "upload busy" : "upload"}, icon(ICONS.file), h("span", {}, words));
    if (again) row.append(h("button", {type: "button", onclick: () => (row.remove(), again())}, this.text("retry")));
    if (!isBusy) row.append(h("button", {type: "button", onclick: () => row.remove()}, this.text("discard")));
    this.element.append(row);
    return row;
  }
}

/** The gateway said no, and why. */
class Refused extends Error {}
