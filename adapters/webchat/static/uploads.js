/** @import {Conversation} from "./conversation.js" */
/** @import {SentFile} from "./frames.js" */
/** @import {Say} from "./texts.js" */
import {button, bytes, tool} from "./bubble.js";
import {attribute, h, icon, ICONS, say} from "./dom.js";

const UPLOAD_MAX_MS = 300_000;
const THUMB_PX = 80;

/** A file in the tray: on its way up at once, and a message when the customer sends it. */
class Parcel {
  /** @type {SentFile | undefined} */ sent;
  isWanted = false;

  /** @param {Tray} tray @param {File} file */
  constructor(tray, file) {
    this.tray = tray;
    this.file = file;
    const {text} = tray;
    const {name} = file;
    this.bar = h("progress", {max: 1, value: 0, "aria-label": text("uploading", {name})});
    this.words = h("small", {role: "status"}, bytes(file.size));
    this.again = button(text("retry"), () => this.upload());
    this.face = h("span", {class: "thumb"}, icon(ICONS.file));
    const remove = tool(text("remove", {name}), ICONS.close, () => tray.remove(this));
    this.element = h("div", {class: "parcel"}, this.face, h("div", {}, h("span", {dir: "auto"}, name), this.words, this.bar), this.again, remove);
    void this.#picture();
  }

  /** Drawn, not loaded: the page's policy need not allow a picture from anywhere. */
  async #picture() {
    if (!/^image\/(png|jpeg|gif|webp)$/.test(this.file.type)) return;
    const picture = await createImageBitmap(this.file).catch(() => null);
    if (!picture) return;
    const canvas = h("canvas", {width: THUMB_PX, height: THUMB_PX});
    const side = Math.min(picture.width, picture.height);
    canvas.getContext("2d")?.drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, THUMB_PX, THUMB_PX);
    this.face.replaceChildren(canvas);
  }

  /** What is wrong with it before it is sent anywhere, in words. */
  #objection() {
    const {file_max_bytes, file_types} = this.tray.conversation.config;
    const {text} = this.tray;
    if (file_max_bytes && this.file.size > file_max_bytes) return text("tooLarge", {size: bytes(file_max_bytes)});
    return this.file.type && file_types?.length && !file_types.includes(this.file.type) ? text("wrongType") : "";
  }

  upload() {
    const why = this.#objection();
    if (why) return this.#fail(why, false);
    this.#show("", bytes(this.file.size));
    const {conversation, text} = this.tray;
    const form = new FormData();
    form.append("file", this.file, this.file.name || "file");
    // Not fetch(): only this says how far it is.
    const way = (this.way = new XMLHttpRequest());
    way.open("POST", new URL("files", conversation.door.base));
    way.setRequestHeader("Authorization", `Bearer ${conversation.token}`);
    way.responseType = "json";
    way.timeout = UPLOAD_MAX_MS;
    way.upload.onprogress = ({loaded, total}) => (this.bar.value = loaded / total);
    way.onerror = way.ontimeout = () => this.#fail(text("uploadFailed"), true);
    way.onload = () => {
      if (way.status < 300 && way.response?.file) this.#arrived(way.response.file);
      else this.#fail(way.response?.detail || text("uploadFailed"), way.status !== 413 && way.status !== 415);
    };
    way.send(form);
  }

  /** @param {SentFile} sent */
  #arrived(sent) {
    this.sent = sent;
    this.#show("done", bytes(this.file.size));
    this.tray.send();
  }

  /** @param {string} why @param {boolean} canRepeat */
  #fail(why, canRepeat) {
    this.isWanted = false;
    this.#show("bad", why);
    this.again.hidden = !canRepeat;
  }

  /** @param {"" | "done" | "bad"} fate @param {string} words */
  #show(fate, words) {
    attribute(this.element, "data-fate", fate);
    this.bar.value = 0;
    this.bar.hidden = Boolean(fate);
    this.again.hidden = true;
    say(this.words, words);
    this.tray.changed();
  }
}

/** The files that are to go with the next message: each with its picture, how far it is, and a way back. */
export class Tray {
  /** @type {Parcel[]} */ parcels = [];

  /** @param {Conversation} conversation @param {Say} text @param {HTMLElement} element @param {() => void} changed */
  constructor(conversation, text, element, changed) {
    this.conversation = conversation;
    this.text = text;
    this.element = element;
    this.changed = changed;
  }

  /** Whether there is something that can be sent. */
  get isReady() {
    return this.parcels.some((parcel) => !parcel.isWanted && parcel.element.dataset.fate !== "bad");
  }

  /** @param {File} file */
  add(file) {
    const parcel = new Parcel(this, file);
    this.parcels.push(parcel);
    this.element.append(parcel.element);
    parcel.upload();
  }

  /** @param {Parcel} parcel */
  remove(parcel) {
    parcel.way?.abort();
    parcel.element.remove();
    this.parcels = this.parcels.filter((one) => one !== parcel);
    this.changed();
  }

  /** The customer has sent them: those that are up go now, the others as soon as they are. */
  want() {
    for (const parcel of this.parcels) parcel.isWanted = parcel.element.dataset.fate !== "bad";
    this.send();
  }

  send() {
    for (const parcel of this.parcels) {
      if (!parcel.isWanted || !parcel.sent) continue;
      this.remove(parcel);
      this.conversation.say({file: parcel.sent.id}, parcel.sent);
    }
    this.changed();
  }
}
