/** @import {Desk} from "./desk.js" */
/** @import {Offer} from "./shapes.js" */
/** @import {Say} from "./words.js" */
import {addressOf, go} from "./place.js";
import {named} from "./words.js";

const AGAIN_MS = 5_000;
const WISH_MAX_CHARS = 120;

/**
 * An offer is heard and seen also by who looks elsewhere: a soft tone, again while it stands; a notification of the system. Both are asked
 * for in the preferences first. Of several tabs of one agent only one rings.
 */
export class Notices {
  /** @type {Map<string, Notification>} */ #shown = new Map();
  /** @type {Set<string>} */ #told = new Set();
  /** @type {number | undefined} */ #again;
  #isRinger = !navigator.locks;
  /** @type {() => void} */ #release = () => {};
  #bell = new Bell();

  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
    this.#waitForTurn();
  }

  /** The first tab rings until it goes; then the next. */
  #waitForTurn() {
    const held = () => ((this.#isRinger = true), this.render(), new Promise((resolve) => (this.#release = () => resolve(undefined))));
    navigator.locks?.request(`frontdesk.bell/${this.desk.agent?.id}`, held).catch(() => (this.#isRinger = true));
  }

  render() {
    const standing = [...this.desk.offers.values()];
    const isNew = standing.some((offer) => !this.#told.has(offer.handoff_id));
    if (this.#isRinger) this.#told = new Set(standing.map((offer) => offer.handoff_id));
    if (this.#isRinger && isNew) this.#ring();
    if (!standing.length) this.#hush();
    this.#notify(standing);
  }

  stop() {
    this.#hush();
    this.#release();
    this.#bell.stop();
    for (const shown of this.#shown.values()) shown.close();
    this.#shown.clear();
  }

  #ring() {
    this.#hush();
    if (!this.desk.preferences.get("sound") || !this.desk.offers.size) return;
    this.#bell.ring();
    this.#again = setTimeout(() => this.#ring(), AGAIN_MS);
  }

  #hush() {
    clearTimeout(this.#again);
  }

  /** @param {Offer[]} standing */
  #notify(standing) {
    const ids = new Set(standing.map((offer) => offer.handoff_id));
    for (const [id, shown] of this.#shown) if (!ids.has(id)) (shown.close(), this.#shown.delete(id));
    const mayTell = this.#isRinger && this.desk.preferences.get("notifications") && permission() === "granted";
    if (!mayTell || (document.hasFocus() && !document.hidden)) return;
    for (const offer of standing) if (!this.#shown.has(offer.handoff_id)) this.#show(offer);
  }

  /** @param {Offer} offer */
  #show(offer) {
    const {text, desk} = this;
    const {packet} = offer;
    const wish = desk.preferences.get("isWishNotified") ? packet.wish.slice(0, WISH_MAX_CHARS) : "";
    const body = [named(text, "reason", offer.reason), wish].filter(Boolean).join("\n");
    const icon = new URL("./mark.svg", import.meta.url).href;
    const shown = new Notification(text("notice.offer"), {body, icon, tag: offer.handoff_id, requireInteraction: true, silent: desk.preferences.get("sound"), lang: text.language});
    shown.onclick = () => {
      window.focus();
      go(addressOf(offer.session_id));
      shown.close();
    };
    this.#shown.set(offer.handoff_id, shown);
  }
}

/** Two soft tones, made here: no file to fetch, nothing that the page's policy would have to allow. */
export class Bell {
  /** @type {AudioContext | null} */ #context = null;

  constructor() {
    for (const type of ["pointerdown", "keydown"]) addEventListener(type, this.#wake, {passive: true});
  }

  /** Browsers let a page sound only after somebody has touched it. */
  #wake = () => {
    if (this.#context?.state === "suspended") this.#context.resume().catch(() => {});
  };

  ring() {
    const context = (this.#context ??= new AudioContext());
    if (context.state === "suspended") context.resume().catch(() => {});
    this.#tone(context, 659, 0);
    this.#tone(context, 880, 0.16);
  }

  stop() {
    for (const type of ["pointerdown", "keydown"]) removeEventListener(type, this.#wake);
    this.#context?.close().catch(() => {});
    this.#context = null;
  }

  /** @param {AudioContext} context @param {number} hertz @param {number} afterS */
  #tone(context, hertz, afterS) {
    const [source, volume] = [context.createOscillator(), context.createGain()];
    const from = context.currentTime + afterS;
    source.type = "sine";
    source.frequency.value = hertz;
    volume.gain.setValueAtTime(0.0001, from);
    volume.gain.exponentialRampToValueAtTime(0.12, from + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, from + 0.5);
    source.connect(volume).connect(context.destination);
    source.start(from);
    source.stop(from + 0.55);
  }
}

/** @returns {NotificationPermission | "unsupported"} */
export const permission = () => (globalThis.Notification ? Notification.permission : "unsupported");
