/** @import {Frame} from "./shapes.js" */

/** The beat comes every 10 s. When it has not for so long, this computer slept or the tab was frozen, and nobody knows what the line is worth. */
const SLEPT_MS = 30_000;
const SILENCE_MAX_MS = 25_000;
const HELLO_MAX_MS = 10_000;
const FIRST_WAIT_MS = 500;
const WAIT_MAX_MS = 15_000;
const LOGIN_OVER = 4401;
const BEAT = "/desk/static/beat.js";
/** The page's policy lets no string become a script's address but this one. @type {any} */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("desk-beat", {createScriptURL: () => BEAT});

/**
 * The live socket, for as long as it is wanted. Pings every 10 s, which is the agent's presence; hangs up on a silent line; comes back with
 * growing waits and jitter. What it missed meanwhile it does not know: whoever hears `online` reads again what it shows.
 */
export class Line {
  /** @type {WebSocket | null} */ #socket = null;
  /** @type {number | undefined} */ #timer;
  /** @type {Worker | null} */ #beat = null;
  #heardAt = 0;
  #beatAt = 0;
  #attempt = 0;
  #n = 0;
  #askedMs = 0;
  isOnline = false;
  /** When the next attempt is due, by this computer's clock; 0 while one is underway. */
  nextAt = 0;
  /** Until when it was there, by this computer's clock; 0 before it ever was. */
  lostAt = 0;

  /** @param {{frame: (frame: Frame) => void, turned: (isOnline: boolean) => void, ended: () => void}} ears */
  constructor(ears) {
    this.ears = ears;
  }

  start() {
    addEventListener("online", this.again);
    addEventListener("offline", this.#lost);
    document.addEventListener("visibilitychange", this.#shown);
    this.#beat = new Worker(policy?.createScriptURL(BEAT) ?? BEAT, {type: "module"});
    this.#beat.onmessage = () => this.#tick();
    document.addEventListener("resume", this.#woken);
    this.#beatAt = Date.now();
    this.#connect();
  }

  stop() {
    removeEventListener("online", this.again);
    removeEventListener("offline", this.#lost);
    document.removeEventListener("visibilitychange", this.#shown);
    document.removeEventListener("resume", this.#woken);
    this.#beat?.terminate();
    this.#rest();
    clearTimeout(this.#timer);
  }

  /** Tries at once instead of waiting. */
  again = () => {
    if (!this.isOnline) this.#connect();
  };

  /** @param {object} frame @returns {boolean} whether there was a line to send it on */
  send(frame) {
    if (!this.isOnline || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #shown = () => {
    if (!document.hidden && this.nextAt) this.#connect();
  };

  #lost = () => this.#closed();

  #connect() {
    this.#rest();
    clearTimeout(this.#timer);
    this.nextAt = 0;
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/desk/ws`);
    this.#socket = socket;
    this.#n = 0;
    this.#heardAt = Date.now();
    this.#timer = setTimeout(() => this.#closed(), HELLO_MAX_MS);
    socket.onmessage = (event) => this.#heard(JSON.parse(String(event.data)));
    socket.onclose = (event) => (event.code === LOGIN_OVER ? (this.stop(), this.ears.ended()) : this.#closed());
    this.ears.turned(false);
  }

  /** The page goes on after it was frozen. */
  #woken = () => this.#tick();

  #tick() {
    const hasSlept = Date.now() - this.#beatAt > SLEPT_MS;
    this.#beatAt = Date.now();
    if (hasSlept && this.isOnline) this.#connect();
    else if (this.isOnline && Date.now() - this.#heardAt > SILENCE_MAX_MS) this.#closed();
    else if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send('{"type":"ping"}');
  }

  /** @param {Frame} frame */
  #heard(frame) {
    this.#heardAt = Date.now();
    const isWhole = frame.n === ++this.#n;
    this.#n = frame.n;
    if (frame.type === "hello") this.#greeted();
    this.ears.frame(frame);
    if (!isWhole) this.ears.frame({type: "resync", n: frame.n});
    if (frame.type === "bye") this.#askedMs = 1000 * (Number(frame.retry_after_s) || 0);
  }

  #greeted() {
    clearTimeout(this.#timer);
    this.isOnline = true;
    this.#timer = setTimeout(() => (this.#attempt = 0), 5_000);
    this.ears.turned(true);
  }

  #rest() {
    if (this.isOnline) this.lostAt = this.#heardAt;
    this.isOnline = false;
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #closed() {
    this.#rest();
    clearTimeout(this.#timer);
    const limit = Math.min(WAIT_MAX_MS, FIRST_WAIT_MS * 2 ** this.#attempt++);
    const wait = this.#askedMs + limit * (0.5 + Math.random() / 2);
    this.#askedMs = 0;
    this.nextAt = Date.now() + wait;
    this.#timer = setTimeout(() => this.#connect(), wait);
    this.ears.turned(false);
  }
}
