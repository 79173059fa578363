import {asked} from "./early.js";

const DEADLINE_MS = 15_000;
const UPLOAD_DEADLINE_MS = 300_000;

/** The server's "no", or the silence in its place: `status` is 0 where no answer came. */
export class Problem extends Error {
  /**
   * @param {number} status @param {string} code @param {string} detail @param {number} [retryAfterS]
   * @param {Record<string, any>} [body] the whole problem document: `params` for the words, `problems` of a form
   */
  constructor(status, code, detail, retryAfterS = 0, body = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.retryAfterS = retryAfterS;
    this.body = body;
  }

  /** What the words of `desk.error.<code>` name. @returns {Record<string, string | number>} */
  get params() {
    return this.body.params ?? {};
  }

  /** Whether trying the very same again later may work. */
  get isPassing() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** The desk API: JSON in, JSON out, every failure a Problem. */
export class Api {
  csrf = "";

  /** Called when the server says that nobody is logged in any more. */
  onended = () => {};

  /** Called when the login is another than the one this page knows: somebody has logged in anew in another tab. */
  onchanged = () => {};

  /** @param {string} path @param {number} [deadlineMs] for what takes longer @returns {Promise<any>} */
  get(path, deadlineMs = DEADLINE_MS) {
    return this.#ask(path, {signal: AbortSignal.timeout(deadlineMs)}, asked(path));
  }

  /** @param {string} path @param {object} [body] @returns {Promise<any>} */
  post(path, body = {}) {
    return this.#send("POST", path, body);
  }

  /** @param {string} path @param {object} [body] @returns {Promise<any>} */
  put(path, body = {}) {
    return this.#send("PUT", path, body);
  }

  /** @param {string} path @returns {Promise<any>} */
  delete(path) {
    return this.#ask(path, {method: "DELETE", headers: {"X-CSRF-Token": this.csrf}});
  }

  /**
   * Sends a file as a form, telling how much of it (0 to 1) has gone.
   * @param {string} path @param {File} file @param {(share: number) => void} [onprogress] @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  upload(path, file, onprogress = () => {}, signal) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const form = new FormData();
      form.append("file", file);
      request.open("POST", `/desk/api/${path}`);
      request.setRequestHeader("X-CSRF-Token", this.csrf);
      request.timeout = UPLOAD_DEADLINE_MS;
      request.upload.onprogress = ({loaded, total}) => onprogress(total ? loaded / total : 0);
      request.onload = () => {
        const body = parsed(request.responseText);
        if (request.status < 300 && body) resolve(body);
        else reject(this.#problem(request.status, body, request.getResponseHeader("Retry-After")));
      };
      request.onerror = request.ontimeout = () => reject(new Problem(0, "unreachable", ""));
      request.onabort = () => reject(new Problem(0, "aborted", ""));
      signal?.addEventListener("abort", () => request.abort());
      request.send(form);
    });
  }

  /** @param {string} method @param {string} path @param {object} body */
  #send(method, path, body) {
    return this.#ask(path, {method, body: JSON.stringify(body), headers: {"Content-Type": "application/json", "X-CSRF-Token": this.csrf}});
  }

  /** @param {string} path @param {RequestInit} how @param {Promise<Response | null>} [early] */
  async #ask(path, how, early) {
    const response = await (early ?? fetch(`/desk/api/${path}`, {signal: AbortSignal.timeout(DEADLINE_MS), ...how}).catch(() => null));
    if (!response) throw new Problem(0, "unreachable", "");
    const body = await response.json().catch(() => null);
    if (response.ok && body) return body;
    throw this.#problem(response.ok ? 0 : response.status, body, response.headers.get("Retry-After"));
  }

  /** @param {number} status @param {any} body @param {string | null} retryAfter */
  #problem(status, body, retryAfter) {
    if (body?.code === "login_required") this.onended();
    if (body?.code === "csrf") this.onchanged();
    return new Problem(status, body?.code ?? "unreadable", body?.detail ?? "", Number(retryAfter) || 0, body ?? {});
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
