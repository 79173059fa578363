/** @import {Ears, Frame, Hello, Transport} from "./frames.js" */

const WAIT_S = 25;
const SLACK_MS = 10_000;
const ASK_MAX_MS = 20_000;

/**
 * The same conversation over plain HTTP, where sockets are blocked: messages are posted one after another, answers come by long polls.
 * Takes and brings the frames that a socket would have.
 * @param {URL} base
 * @param {Hello} hello
 * @param {Ears} ears
 * @returns {Transport}
 */
export function poll(base, hello, ears) {
  const hangUp = new AbortController();
  let {token} = hello;
  let posted = Promise.resolve();

  const close = () => {
    if (hangUp.signal.aborted) return;
    hangUp.abort();
    ears.closed();
  };

  /** @param {string} path @param {object} [body] @param {Record<string, string>} [headers] @param {number} [maxMs] */
  const ask = async (path, body, headers, maxMs = ASK_MAX_MS) => {
    const answer = await fetch(new URL(path, base), {
      method: body ? "POST" : "GET",
      body: body && JSON.stringify(body),
      headers: {...headers, ...(body && {"Content-Type": "application/json"}), ...(token && {Authorization: `Bearer ${token}`})},
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.any([hangUp.signal, AbortSignal.timeout(maxMs)]),
    });
    if (answer.ok) return answer.status === 204 ? {} : answer.json();
    throw await refusal(answer);
  };

  const listen = async () => {
    const welcome = await ask("hello", hello);
    token = welcome.token;
    let after = welcome.resumed ? hello.last_seq : undefined;
    ears.frame(welcome);
    let mark = "";
    for (let waitS = 0; !hangUp.signal.aborted; waitS = WAIT_S) {
      const from = after === undefined ? "" : `&after=${after}`;
      const news = await ask(`events?wait_s=${waitS}${from}${mark && `&mark=${mark}`}`, undefined, {}, waitS * 1000 + SLACK_MS);
      for (const frame of [...news.events, ...(news.frames ?? []), news.state]) ears.frame(frame);
      after = news.seq;
      mark = news.mark ?? "";
    }
  };

  /** @param {Frame} frame */
  const post = async (frame) => {
    const {type, cid} = frame;
    const asked =
      type === "message"
        ? ask("messages", {...frame, locale: hello.locale, page: hello.page}, {"Idempotency-Key": cid})
        : ask("frames", frame);
    const sent = await asked.catch((reason) => {
      if (reason.type !== "error") throw reason;
      if (cid) ears.frame({...reason, cid});
    });
    if (sent?.type) ears.frame(sent);
    else if (sent?.seq) ears.frame({type: "ack", cid, seq: sent.seq, at: sent.at});
  };

  /** @param {any} reason */
  const failed = (reason) => {
    if (reason?.type === "error" && !hangUp.signal.aborted) ears.frame(reason);
    close();
  };

  setTimeout(() => listen().catch(failed)); // not before the caller has what this returns
  return {
    send: (frame) => {
      // A mark that somebody writes or has read is worth no wait and no alarm.
      if (/typing|read/.test(frame.type)) post(frame).catch(() => {});
      else if (frame.type !== "ping") posted = posted.then(() => post(frame)).catch(failed);
    },
    close,
  };
}

/** A problem document (RFC 9457) as an error frame. @param {Response} answer @returns {Promise<Frame>} */
async function refusal(answer) {
  const problem = await answer.json().catch(() => ({}));
  const code = problem.code ?? String(answer.status);
  const isBusy = answer.status >= 500 || answer.status === 429;
  const fields = problem.problems?.map((/** @type {{key: string}} */ {key}) => key);
  return {type: "error", code, fields, text: problem.detail ?? code, retry_after_s: Number(answer.headers.get("Retry-After")) || (isBusy ? 2 : undefined)};
}
