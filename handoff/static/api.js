const DEADLINE_MS = 15_000;

/** The server's "no", or the silence in its place: `status` is 0 where no answer came. */
export class Problem extends Error {
  /** @param {number} status @param {string} code @param {string} detail @param {number} [retryAfterS] */
  constructor(status, code, detail, retryAfterS = 0) {
    super(detail);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.retryAfterS = retryAfterS;
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

  /** @param {string} path @returns {Promise<any>} */
  get(path) {
    return this.#ask(path, {});
  }

  /** @param {string} path @param {object} [body] @returns {Promise<any>} */
  post(path, body = {}) {
    return this.#ask(path, {method: "POST", body: JSON.stringify(body), headers: {"Content-Type": "application/json", "X-CSRF-Token": this.csrf}});
  }

  /** @param {string} path @param {RequestInit} how */
  async #ask(path, how) {
    const response = await fetch(`/desk/api/${path}`, {...how, signal: AbortSignal.timeout(DEADLINE_MS)}).catch(() => null);
    if (!response) throw new Problem(0, "unreachable", "");
    const body = await response.json().catch(() => null);
    if (response.ok && body) return body;
    if (body?.code === "login_required") this.onended();
    if (body?.code === "csrf") this.onchanged();
    throw new Problem(response.ok ? 0 : response.status, body?.code ?? "unreadable", body?.detail ?? "", Number(response.headers.get("Retry-After")) || 0);
  }
}
