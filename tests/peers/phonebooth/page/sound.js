import {RATE_HZ} from "./alaw.js";

const PHONES = 2;

/** The loudspeaker of each telephone, and one microphone. Browsers let a page be heard only after somebody has touched it. */
export class Sound {
  /** @type {Promise<AudioContext> | null} */
  #context = null;
  /** @type {AudioWorkletNode[]} */
  #players = [];
  /** @type {MediaStream | null} */
  #stream = null;
  /** Of each telephone: whether it is to be heard. */
  isOn = [true, false];

  /** To be called when somebody presses a button. */
  async begin() {
    this.#context ??= this.#open();
    const context = await this.#context;
    if (context.state !== "running") await context.resume();
    return context;
  }

  async #open() {
    const context = new AudioContext({sampleRate: RATE_HZ, latencyHint: "interactive"});
    await context.audioWorklet.addModule("/page/worklets.js");
    for (let phone = 0; phone < PHONES; phone++) {
      const player = new AudioWorkletNode(context, "playing", {numberOfInputs: 0, outputChannelCount: [1]});
      player.connect(context.destination);
      this.#players[phone] = player;
    }
    return context;
  }

  /** @param {number} phone @param {Float32Array} samples */
  play(phone, samples) {
    if (this.isOn[phone]) this.#players[phone]?.port.postMessage(samples);
  }

  /** Opens the microphone; throws where that is not allowed. @param {(samples: Float32Array) => void} heard */
  async listen(heard) {
    const context = await this.begin();
    this.quiet();
    this.#stream = await navigator.mediaDevices.getUserMedia({audio: {echoCancellation: true, noiseSuppression: true, channelCount: 1}});
    const hearing = new AudioWorkletNode(context, "hearing", {numberOfOutputs: 0});
    hearing.port.onmessage = ({data}) => heard(data);
    context.createMediaStreamSource(this.#stream).connect(hearing);
  }

  /** Closes the microphone. */
  quiet() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
  }
}
