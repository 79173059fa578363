/** @import {Ears, Frame, Hello, Transport} from "./frames.js" */

const PING_EVERY_MS = 25_000;
const SILENCE_MAX_MS = 40_000;

/**
 * `frontdesk.v1` over a WebSocket. Says hello, keeps the line warm, and hangs up when the peer has gone silent.
 * @param {URL} base  the site's folder at the gateway
 * @param {Hello} hello
 * @param {Ears} ears
 * @returns {Transport}
 */
export function socket(base, hello, ears) {
  const url = new URL("ws", base);
  url.protocol = url.protocol.replace("http", "ws");
  const ws = new WebSocket(url);
  let heardAt = Date.now();
  const beat = setInterval(() => {
    if (Date.now() - heardAt > SILENCE_MAX_MS) hangUp();
    else send({type: "ping"});
  }, PING_EVERY_MS);

  /** @param {Frame} frame */
  const send = (frame) => {
    if (ws.readyState === WebSocket.OPEN) ws.send(JSON.stringify(frame));
  };
  const hangUp = () => {
    clearInterval(beat);
    ws.onopen = ws.onmessage = ws.onclose = null;
    ws.close();
    ears.closed();
  };
  ws.onopen = () => send({type: "hello", ...hello});
  ws.onclose = hangUp;
  ws.onmessage = (event) => {
    heardAt = Date.now();
    const frame = frameIn(event.data);
    if (frame) ears.frame(frame);
  };
  return {send, close: hangUp};
}

/** @param {unknown} data @returns {Frame | null} */
function frameIn(data) {
  try {
    const frame = JSON.parse(String(data));
    return typeof frame?.type === "string" ? frame : null;
  } catch {
    return null; // not ours to read: the protocol has grown, or something stands in between
  }
}
