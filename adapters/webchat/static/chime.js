const TONES = [
  {hz: 660, after: 0},
  {hz: 880, after: 0.12},
];
const LOUD = 0.06;
const LASTS_S = 0.4;

/** Two soft tones, made here: there is no file to fetch. */
export class Chime {
  /** @type {AudioContext | undefined} */ #context;

  play() {
    const context = (this.#context ??= new AudioContext());
    void context.resume();
    for (const {hz, after} of TONES) {
      const at = context.currentTime + after;
      const tone = new OscillatorNode(context, {frequency: hz});
      const volume = new GainNode(context, {gain: 0});
      volume.gain.setTargetAtTime(LOUD, at, 0.01);
      volume.gain.setTargetAtTime(0, at + 0.06, 0.08);
      tone.connect(volume).connect(context.destination);
      tone.start(at);
      tone.stop(at + LASTS_S);
    }
  }
}
