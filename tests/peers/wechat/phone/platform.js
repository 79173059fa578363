/**
 * What the simulator tells the page, and what the page asks of it.
 *
 * @typedef {{id: number, at: string, via: "phone" | "passive" | "custom" | "template" | "platform", kind: string, text: string, url: string,
 *   mime: string, content: Record<string, any>}} Message
 * @typedef {{outcome: string, took_s: number, why: string}} Attempt
 * @typedef {{what: string, attempts: Attempt[]}} Push
 * @typedef {{account: string, phone: string, name: string, is_following: boolean, has_blocked: boolean, is_muted: boolean, typing_s: number,
 *   left: number, until: string | null, messages: Message[], pushes: Push[], refusals: {at: string, name: string, code: number}[],
 *   scenes: {scene: string, url: string}[]}} Chat
 * @typedef {{id: string, name: string, mode: string, style: string, can_send: boolean, can_send_menus: boolean,
 *   menu: {key: string, label: string}[], phones: {id: string, name: string, is_following: boolean}[]}} Account
 * @typedef {{version: number, now: string, desk: string, moved_s: number, faults: string[], push_faults: string[], accounts: Account[],
 *   chat: Chat | null}} View
 * @typedef {(deed: Record<string, any>) => Promise<string>} Act  resolves to why it could not be done, or to nothing
 */

const WAIT_MS = 30_000;
const DEED_MS = 15_000;
const AGAIN_MS = 1_000;

/** @param {string} account @param {string} phone @param {number} version @param {AbortSignal} over @returns {Promise<View>} */
async function look(account, phone, version, over) {
  const query = new URLSearchParams({account, phone, version: String(version)});
  const response = await fetch(`/api/view?${query}`, {signal: AbortSignal.any([over, AbortSignal.timeout(WAIT_MS)])});
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

/** Asks for one thing. @param {Record<string, any>} deed @returns {Promise<string>} */
export async function act(deed) {
  const body = JSON.stringify(deed);
  try {
    const response = await fetch("/api/deeds", {method: "POST", body, headers: {"Content-Type": "application/json"}, signal: AbortSignal.timeout(DEED_MS)});
    return response.ok ? "" : ((await response.json().catch(() => ({}))).why ?? String(response.status));
  } catch (error) {
    return String(error);
  }
}

/** Looks at one chat until another is chosen, and tells whenever there is something new; null: the simulator is gone. */
export class Watch {
  /** @type {AbortController} */
  #over = new AbortController();

  /** @param {(view: View | null) => void} seen */
  constructor(seen) {
    this.seen = seen;
  }

  /** @param {string} account @param {string} phone */
  at(account, phone) {
    this.#over.abort();
    this.#over = new AbortController();
    void this.#run(account, phone, this.#over.signal);
  }

  /** @param {string} account @param {string} phone @param {AbortSignal} over */
  async #run(account, phone, over) {
    let version = 0;
    while (!over.aborted) {
      try {
        const view = await look(account, phone, version, over);
        version = view.version;
        this.seen(view);
      } catch {
        if (over.aborted) return;
        this.seen(null);
        await new Promise((done) => setTimeout(done, AGAIN_MS));
      }
    }
  }
}
