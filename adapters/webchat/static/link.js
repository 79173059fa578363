/** @import {Frame, Hello, Transport} from "./frames.js" */
import {poll} from "./poll.js";
import {socket} from "./socket.js";

const FIRST_WAIT_MS = 500;
const WAIT_MAX_MS = 30_000;
const WELCOME_MAX_MS = 10_000;
const STEADY_MS = 5_000;
const FIRST_UPGRADE_MS = 120_000;
const KNOWN_UPGRADE_MS = 4_000;
const UPGRADE_MAX_MS = 1_800_000;

/**
 * Keeps a connection for as long as it is wanted.
 *
 * A WebSocket first; when that has failed twice before its welcome, HTTP long polling, and from time to time the socket again. Waits
 * between attempts grow to 30 s with jitter, start anew once a connection has held, and are never shorter than what `bye` asked for.
 */
export class Link {
  /** @type {Transport | null} */ #transport = null;
  /** @type {number | undefined} */ #timer;
  /** @type {number | undefined} */ #steady;
  #isWanted = false;
  #attempt = 0;
  #socketFailures = 0;
  #notBefore = 0;
  #upgradeMs = FIRST_UPGRADE_MS;

  /**
   * @param {URL} base
   * @param {() => Hello} hello
   * @param {(frame: Frame) => void} onFrame
   * @param {(status: "connecting" | "online" | "waiting") => void} onStatus
   */
  constructor(base, hello, onFrame, onStatus) {
    this.base = base;
    this.hello = hello;
    this.onFrame = onFrame;
    this.onStatus = onStatus;
    this.isOnline = false;
    this.isPolling = false;
  }

  start() {
    if (this.#isWanted) return;
    this.#isWanted = true;
    addEventListener("online", this.#hurry);
    addEventListener("offline", this.#lost);
    addEventListener("pagehide", this.#rest);
    addEventListener("pageshow", this.#hurry);
    document.addEventListener("visibilitychange", this.#hurry);
    this.#connect();
  }

  stop() {
    this.#isWanted = false;
    removeEventListener("online", this.#hurry);
    removeEventListener("offline", this.#lost);
    removeEventListener("pagehide", this.#rest);
    removeEventListener("pageshow", this.#hurry);
    document.removeEventListener("visibilitychange", this.#hurry);
    this.#rest();
  }

  /** Sends where there is a connection; what must arrive is sent again after the next welcome by whoever owns it. @param {Frame} frame */
  send(frame) {
    if (this.isOnline) this.#transport?.send(frame);
  }

  /** Drops the connection and makes a new one at once. */
  again() {
    this.#rest();
    if (this.#isWanted) this.#connect();
  }

  /** Gives up a connection that does not do its work; the next one comes after the usual wait, or a longer one. @param {number} [waitS] */
  drop(waitS = 0) {
    this.#notBefore = Math.max(this.#notBefore, Date.now() + 1000 * waitS);
    this.#transport?.close();
  }

  /** Closes without wanting another: an open socket would keep the page out of the back-forward cache. */
  #rest = () => {
    clearTimeout(this.#timer);
    clearTimeout(this.#steady);
    this.isOnline = false;
    const transport = this.#transport;
    this.#transport = null;
    transport?.close();
  };

  #hurry = () => {
    if (this.#isWanted && !this.#transport && !document.hidden) this.#notBefore > Date.now() ? this.#wait() : this.#connect();
  };

  #lost = () => {
    const isHeld = Boolean(this.#transport);
    this.#rest();
    if (isHeld) this.#wait();
  };

  #connect() {
    clearTimeout(this.#timer);
    this.onStatus("connecting");
    this.isPolling = this.#socketFailures >= 2;
    // A transport may call back before it is assigned, and after it was given up: only the current one is listened to.
    const mine = {};
    this.#current = mine;
    const isMine = () => this.#current === mine && this.#isWanted;
    const transport = (this.isPolling ? poll : socket)(this.base, this.hello(), {
      frame: (frame) => isMine() && this.#heard(frame),
      closed: () => isMine() && this.#transport && this.#closed(),
    });
    this.#transport = transport;
    this.#timer = setTimeout(() => transport.close(), WELCOME_MAX_MS);
  }

  /** @type {object | null} */ #current = null;

  /** @param {Frame} frame */
  #heard(frame) {
    if (frame.type === "welcome") this.#welcomed();
    this.onFrame(frame);
    if (frame.type === "bye") this.drop(Number(frame.retry_after_s) || 0);
  }

  #welcomed() {
    clearTimeout(this.#timer);
    this.isOnline = true;
    this.#steady = setTimeout(() => (this.#attempt = 0), STEADY_MS);
    if (this.isPolling) {
      this.#timer = setTimeout(() => this.again(), this.#upgradeMs);
      this.#upgradeMs = Math.min(this.#upgradeMs * 2, UPGRADE_MAX_MS);
      this.#socketFailures = 1; // the next attempt is a socket's, and one more failure leads back here
    } else {
      this.#socketFailures = 0;
      this.#upgradeMs = KNOWN_UPGRADE_MS; // sockets work here: what makes them fail later is the server's absence, and that ends
    }
    this.onStatus("online");
  }

  #closed() {
    if (!this.isOnline && navigator.onLine) this.#socketFailures = this.isPolling ? 1 : this.#socketFailures + 1;
    this.#transport = null;
    this.#rest();
    this.#wait();
  }

  #wait() {
    clearTimeout(this.#timer);
    const limit = Math.min(WAIT_MAX_MS, FIRST_WAIT_MS * 2 ** this.#attempt++);
    const asked = Math.max(0, this.#notBefore - Date.now());
    this.#timer = setTimeout(() => this.#connect(), asked + limit * (0.5 + Math.random() / 2));
    this.onStatus("waiting");
  }
}
