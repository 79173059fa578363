/**
 * What the simulator tells the page, and what the page asks of it.
 *
 * @typedef {"customer" | "agent"} Name
 * @typedef {{stage: "idle" | "calling" | "ringing" | "talking", is_held: boolean, talk_s: number, last: string, user: string,
 *   says: "silence" | "microphone" | "tone", ways: Record<string, boolean>}} Phone
 * @typedef {{id: number, kind: string, phone?: Name, stage?: string, why?: string, state?: string, agent?: string, text?: string, language?: string,
 *   fate?: "waiting" | "heard" | "cut" | "skipped", keys?: string, how?: string, confidence?: number | null, is_secret?: boolean}} Entry
 * @typedef {{number: string, has_agent_phone: boolean, desk: string, log: Entry[], phones: Record<Name, Phone>}} View
 * @typedef {(phone: Name, deed: string, more?: Record<string, any>) => void} Act
 */

const AGAIN_MS = 1000;

/** @type {Name[]} */
export const NAMES = ["customer", "agent"];

/** One socket for all of it; it comes again by itself. */
export class Line {
  /** @type {WebSocket | null} */
  #socket = null;

  /** @param {{seen: (view: View | null) => void, heard: (phone: number, alaw: Uint8Array) => void}} to  null: the simulator is gone */
  constructor(to) {
    this.to = to;
    this.#open();
  }

  #open() {
    const socket = new WebSocket(`ws://${location.host}/line`);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({data}) => {
      if (typeof data === "string") return this.to.seen(JSON.parse(data));
      const bytes = new Uint8Array(data);
      this.to.heard(bytes[0], bytes.subarray(1));
    };
    socket.onclose = () => {
      this.to.seen(null);
      setTimeout(() => this.#open(), AGAIN_MS);
    };
    this.#socket = socket;
  }

  /** @type {Act} */
  act = (phone, deed, more = {}) => this.#send(JSON.stringify({phone, deed, ...more}));

  /** @param {Name} phone @param {Uint8Array} alaw */
  say(phone, alaw) {
    const frame = new Uint8Array(alaw.length + 1);
    frame[0] = NAMES.indexOf(phone);
    frame.set(alaw, 1);
    this.#send(frame);
  }

  /** @param {string | Uint8Array<ArrayBuffer>} data */
  #send(data) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(data);
  }
}
