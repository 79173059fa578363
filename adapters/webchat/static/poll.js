/** @import {Ears, Frame, Hello, Transport} from "./frames.js" */

const WAIT_S = 25;
const SLACK_MS = 10_000;
const POST_MAX_MS = 20_000;

/**
 * The same conversation over plain HTTP, where sockets are blocked: messages are posted one after another, answers come by long polls.
 * Writes the frames that a socket would have brought. What only a socket carries (typing, read marks) is left out.
 * @param {URL} base
 * @param {Hello} hello
 * @param {Ears} ears
 * @returns {Transport}
 */
export function poll(base, hello, ears) {
  const hangUp = new AbortController();
  let {token} = hello;
  let after = hello.last_seq;
  let isWelcome = false;
  let isPolling = false;
  let posted = Promise.resolve();

  const close = () => {
    if (hangUp.signal.aborted) return;
    hangUp.abort();
    ears.closed();
  };

  /** @param {string} path @param {number} maxMs @param {RequestInit} [init] */
  const ask = (path, maxMs, init) =>
    fetch(new URL(path, base), {
      ...init,
      credentials: "omit",
      cache: "no-store",
      headers: {...init?.headers, ...(token && {Authorization: `Bearer ${token}`})},
      signal: AbortSignal.any([hangUp.signal, AbortSignal.timeout(maxMs)]),
    });

  /** @param {number} seq @param {Frame | null} state */
  const welcome = (seq, state) => {
    if (isWelcome) return;
    isWelcome = true;
    ears.frame({
      type: "welcome", token, seq, resumed: Boolean(token), state: state?.state ?? "bot", session: state?.session ?? "", config: {},
    });
  };

  const listen = async () => {
    isPolling = true;
    while (!hangUp.signal.aborted) {
      const wait = isWelcome ? WAIT_S : 0;
      const answer = await ask(`events?wait_s=${wait}${after === undefined ? "" : `&after=${after}`}`, wait * 1000 + SLACK_MS);
      if (!answer.ok) throw await refusal(answer);
      const {events, seq, state} = await answer.json();
      welcome(seq, state);
      for (const event of events) ears.frame(event);
      ears.frame({...state, type: "state"});
      after = seq;
    }
  };

  /** @param {Frame} frame */
  const post = async ({cid, text, choice, file}) => {
    const answer = await ask("messages", POST_MAX_MS, {
      method: "POST",
      headers: {"Content-Type": "application/json", "Idempotency-Key": cid},
      body: JSON.stringify({text, choice, file, locale: hello.locale, page: hello.page}),
    });
    if (!answer.ok) return ears.frame({...(await refusal(answer)), cid});
    const sent = await answer.json();
    token = sent.token;
    ears.frame({type: "token", token});
    ears.frame({type: "ack", cid, seq: sent.seq, at: sent.at});
    if (!isPolling) listen().catch(failed);
  };

  /** @param {any} reason */
  const failed = (reason) => {
    if (reason?.type === "error" && !hangUp.signal.aborted) ears.frame(reason);
    close();
  };

  // Somebody new has nothing to hear yet, and gets a token with the first message.
  setTimeout(() => (token ? listen().catch(failed) : welcome(0, null)));
  return {
    send: (frame) => {
      if (frame.type === "message") posted = posted.then(() => post(frame)).catch(failed);
    },
    close,
  };
}

/** A problem document (RFC 9457) as an error frame. @param {Response} answer @returns {Promise<Frame>} */
async function refusal(answer) {
  const problem = await answer.json().catch(() => ({}));
  const wait = Number(answer.headers.get("Retry-After")) || (answer.status >= 500 || answer.status === 429 ? 2 : undefined);
  const code = problem.code ?? String(answer.status);
  return {type: "error", code, text: problem.detail ?? problem.title ?? code, retry_after_s: wait};
}
