/** A-law (G.711), as telephones speak it: a byte for each of 8,000 samples a second. */

export const RATE_HZ = 8000;
export const FRAME = 160;

/** @param {number} byte @returns {number} -1 to 1 */
function sample(byte) {
  const code = byte ^ 0x55;
  const segment = (code & 0x70) >> 4;
  const low = ((code & 0x0f) << 4) + 8;
  const size = segment === 0 ? low : (low + 0x100) << (segment - 1);
  return (code & 0x80 ? size : -size) / 32768;
}

const TABLE = Float32Array.from({length: 256}, (_, byte) => sample(byte));

/** @param {Uint8Array} bytes */
export const decoded = (bytes) => Float32Array.from(bytes, (byte) => TABLE[byte]);

/** @param {number} value @returns {number} */
function byte(value) {
  const size = Math.min(32635, Math.round(Math.abs(value) * 32768));
  const sign = value >= 0 ? 0x80 : 0;
  const segment = size < 256 ? 0 : Math.floor(Math.log2(size)) - 7;
  const low = (segment === 0 ? size >> 4 : size >> (segment + 3)) & 0x0f;
  return (sign | (segment << 4) | low) ^ 0x55;
}

/** @param {Float32Array} samples */
export const encoded = (samples) => Uint8Array.from(samples, byte);

/** How loud it is, 0 to 1, as an ear judges: by decibels over 60. @param {Float32Array} samples */
export function loudness(samples) {
  const power = samples.reduce((sum, one) => sum + one * one, 0) / Math.max(1, samples.length);
  return Math.max(0, Math.min(1, 1 + Math.log10(Math.max(power, 1e-6)) / 6));
}
