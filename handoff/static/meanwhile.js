/** @import {Desk} from "./desk.js" */
/** @import {Session} from "./shapes.js" */

/**
 * @typedef {{fromMs: number, toMs: number, status: string | null, requeued: Session[], gone: Session[]}} Absence
 *   What happened while this desk could not be reached: the status that the gateway has set in its place, the sessions that wait in the
 *   queue again, and those that are elsewhere or over.
 */

/** A desk that was gone says on its return what it has lost meanwhile, instead of looking as if nothing had happened. */
export class Meanwhile {
  /** @type {{atMs: number, status: string, sessions: Map<string, Session>} | null} */ #before = null;
  /** @type {Absence | null} */ absence = null;

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
  }

  /** The line is gone: this is how the desk stood. Since when it was silent, the line knows best. */
  began() {
    const {desk} = this;
    this.#before ??= {atMs: desk.line.lostAt || Date.now(), status: desk.agent?.status ?? "", sessions: new Map(desk.sessions)};
  }

  /** All lists are read again. */
  read() {
    const {desk} = this;
    const before = this.#before;
    if (!before || !desk.line.isOnline) return;
    this.#before = null;
    const lost = [...before.sessions.values()].filter(({id, state}) => !desk.sessions.has(id) && state !== "wrap_up");
    const isQueued = (/** @type {Session} */ {id}) => desk.queue.some((entry) => entry.session_id === id);
    const status = desk.agent && desk.agent.status !== before.status ? desk.agent.status : null;
    if (!lost.length && !status) return;
    this.absence = {
      fromMs: before.atMs, toMs: Date.now(), status,
      requeued: lost.filter(isQueued), gone: lost.filter((session) => !isQueued(session)),
    };
  }

  /** The agent has set their status anew: that part of the news is settled. */
  settled() {
    if (!this.absence) return;
    this.absence = this.absence.requeued.length || this.absence.gone.length ? {...this.absence, status: null} : null;
  }

  dismiss() {
    this.absence = null;
    this.desk.changed();
  }
}
