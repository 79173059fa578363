// What runs beside the page's own thread, where sound may not wait: playing what comes in frames, and cutting the microphone into frames.

const FIRST = 4;
const MOST = 30;
const KEPT = 6;
const FRAME = 160;

/** Plays frames: from the fourth on, so that a late one makes no gap; of too many the oldest are left out. */
class Playing extends AudioWorkletProcessor {
  /** @type {Float32Array[]} */
  #frames = [];
  #place = 0;
  #plays = false;

  constructor() {
    super();
    this.port.onmessage = ({data}) => {
      this.#frames.push(data);
      if (this.#frames.length > MOST) this.#frames.splice(0, this.#frames.length - KEPT);
      if (this.#frames.length >= FIRST) this.#plays = true;
    };
  }

  /** @param {Float32Array[][]} _ @param {Float32Array[][]} outputs */
  process(_, outputs) {
    const out = outputs[0][0];
    for (let at = 0; this.#plays && at < out.length; at++) {
      const frame = this.#frames[0];
      if (!frame) {
        this.#plays = false;
        break;
      }
      out[at] = frame[this.#place++];
      if (this.#place === frame.length) {
        this.#frames.shift();
        this.#place = 0;
      }
    }
    return true;
  }
}

/** Hands out what the microphone hears, in frames of 20 ms. */
class Hearing extends AudioWorkletProcessor {
  #frame = new Float32Array(FRAME);
  #place = 0;

  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    for (const one of inputs[0][0] ?? []) {
      this.#frame[this.#place++] = one;
      if (this.#place < FRAME) continue;
      this.port.postMessage(this.#frame.slice());
      this.#place = 0;
    }
    return true;
  }
}

registerProcessor("playing", Playing);
registerProcessor("hearing", Hearing);
