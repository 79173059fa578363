/** @import {Desk} from "./desk.js" */
/** @import {BesideOther, CallFacts, Case, Earlier, FilledForm, Frame, Handoff, Heading, Interval, Message, Note, Packet, Rating, Session, Trace, Whole, Window} from "./shapes.js" */
import {Problem} from "./api.js";
import {Log} from "./talk/log.js";

const TYPING_SHOWN_MS = 8_000;
const TYPING_EVERY_MS = 4_000;
/** How many of the newest messages may still be on their way. */
const PENDING_COUNT = 100;
/** Several frames tell of one message: the window is read once for them. */
const WINDOW_SOON_MS = 200;
/** What a message's status may be when there is something to say about it. */
const TROUBLED = ["failed", "uncertain", "refused", "kept"];
export const WITH_AGENT = ["active", "waiting_customer", "on_hold"];

/**
 * The session that is open in the middle: all of it, kept true.
 *
 * Whatever is shown was read from the API or came in the socket's frames without a gap; where a version or a seq is missing, the whole
 * session is read again. Nothing depends on a frame.
 */
export class Conversation {
  /** @type {Session | null} */ session = null;
  /** @type {Handoff | null} */ handoff = null;
  /** @type {Packet | null} */ packet = null;
  /** @type {Case | null} */ case = null;
  /** @type {Trace[]} */ trace = [];
  /** @type {Interval[]} */ intervals = [];
  /** @type {Earlier[]} */ earlier = [];
  /** @type {Note[]} */ notes = [];
  /** @type {FilledForm[]} */ forms = [];
  /** @type {Rating | null} */ rating = null;
  /** What the channel still lets out, where it counts. @type {Window | null} */ window = null;
  /** What heads a reply by mail; null on every other channel. @type {Heading | null} */ letter = null;
  /** @type {BesideOther | null} */ beside = null;
  /** The call of a session by phone. @type {CallFacts | null} */ call = null;
  record = new Log();
  /** Where the messages above what is held begin to be missing; null: there are none. @type {number | null} */ before = null;
  /** Why it can't be shown (any more). @type {Problem | null} */ problem = null;
  isTyping = false;
  /** It was given away from here: nobody asks for it any more. */
  isLeft = false;
  /** Who has it now, as far as we were told. @type {string | null} */ takenBy = null;
  /** @type {Promise<void> | null} */ #reading = null;
  #isStale = false;
  /** @type {number | undefined} */ #typingTimer;
  /** @type {number | undefined} */ #windowTimer;
  #typedAt = 0;

  /** @param {Desk} desk @param {string} id */
  constructor(desk, id) {
    this.desk = desk;
    this.id = id;
    this.outbox = desk.outbox(id);
    this.isBrowsed = desk.isBrowsing; // the focus stays in the lists, whatever is pressed until this is here
  }

  /** Whoever asks to write before it is here, writes as soon as it is. */
  awaited() {
    this.isBrowsed = false;
  }

  /** Messages in order. */
  get log() {
    return this.record.all;
  }

  get isMine() {
    return this.session?.agent_id === this.desk.agent?.id && WITH_AGENT.includes(this.session?.state ?? "") && !this.problem;
  }

  /** The customer has left mine: what is still to be done is to say how it ended. */
  get isWrappingUp() {
    return this.session?.agent_id === this.desk.agent?.id && this.session?.state === "wrap_up" && !this.problem;
  }

  /** Reads the whole session; a call while one is running leads to one more after it. @returns {Promise<void>} */
  read() {
    if (this.isLeft) return Promise.resolve();
    if (this.#reading) {
      this.#isStale = true;
      return this.#reading;
    }
    this.#reading = this.#readOnce().finally(() => {
      this.#reading = null;
      if (this.#isStale) this.read();
    });
    return this.#reading;
  }

  async #readOnce() {
    this.#isStale = false;
    try {
      this.#take(await this.desk.api.get(`sessions/${this.id}`));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (!error.isPassing || !this.session) this.problem = error;
    }
    this.desk.changed();
  }

  /** @param {Whole} whole */
  #take(whole) {
    this.problem = null;
    if (this.session && whole.session.version < this.session.version) return void (this.#isStale = true);
    const {handoff, packet, trace, intervals, earlier, notes} = whole;
    const session = {...whole.session, window: whole.window};
    Object.assign(this, {session, handoff, packet, trace, intervals, earlier, notes, case: whole.case, forms: whole.forms ?? [], rating: whole.rating ?? null, window: whole.window ?? null, letter: whole.letter ?? null, beside: whole.beside ?? null, call: whole.call ?? null});
    const first = whole.transcript[0]?.seq ?? session.seq + 1;
    if (this.record.last < first - 1 || !this.record.last) {
      this.record.clear(); // there may be a hole between what was held and these
      this.before = whole.before;
    }
    this.#add(whole.transcript);
    this.desk.note(session);
  }

  /** Reads one page of what was said before. */
  async readOlder() {
    if (!this.before) return;
    const whole = /** @type {Whole} */ (await this.desk.api.get(`sessions/${this.id}?before=${this.before}`));
    this.before = whole.before;
    this.#add(whole.transcript);
    this.desk.changed();
  }

  /** @param {Message[]} messages */
  #add(messages) {
    const ours = messages.filter((message) => message.session_id === this.id);
    this.record.put(ours);
    for (const message of ours) {
      if (message.author === "customer") this.isTyping = false;
      if (message.cid && this.outbox.entries.some((entry) => entry.cid === message.cid)) this.outbox.discard(message.cid);
    }
  }

  /** The socket says that the session has changed. @param {Frame} frame */
  hear(frame) {
    const {session} = this;
    if (!session) return void this.read();
    if (this.window) this.#readWindowSoon();
    if (frame.fates) this.#fated(frame.fates);
    this.record.put((frame.messages ?? []).filter((/** @type {Message} */ {seq, session_id: id}) => id === this.id && this.record.get(seq))); // what has arrived of it since
    if (!frame.version) return; // it says nothing of the session itself
    if (!this.desk.isSupervisor && !this.case && frame.agent_id !== this.desk.agent?.id && (frame.state === "bot" || frame.agent_id)) return this.#gone(frame.agent_id);
    const last = Math.max(session.first_seq - 1, this.record.last);
    const messages = /** @type {Message[]} */ (frame.messages ?? []);
    const isNext = frame.version === session.version + 1 && messages.length > 0 && messages[0].seq <= last + 1;
    if (isNext && frame.agent_id === session.agent_id && frame.agent_id !== null) {
      this.session = {...session, version: frame.version, state: frame.state, seq: Math.max(session.seq, messages[messages.length - 1].seq)};
      this.#add(messages);
      this.#spoken(messages.filter(({seq}) => seq > last));
      if (this.letter || this.call) this.read(); // who gets a copy, until when an answer is due, and how a call stands, no frame tells
    } else if (frame.version > session.version) {
      this.read();
    }
  }

  /** What became of messages. @param {{seq: number, status: string}[]} fates */
  #fated(fates) {
    const known = fates.map(({seq, status}) => ({message: this.record.get(seq), status}));
    const certain = known.filter(({status}) => status !== "refused"); // withdrawn, or overtaken: only the record says which
    this.record.put(certain.flatMap(({message, status}) => (message ? [{...message, status}] : [])));
    if (this.letter || known.some(({status}) => TROUBLED.includes(status))) this.read(); // a frame says what became of it, not why
  }

  /** Something was sent, or the customer has written: what may be sent now is another number. */
  #readWindowSoon() {
    clearTimeout(this.#windowTimer);
    this.#windowTimer = setTimeout(() => void this.#readWindow(), WINDOW_SOON_MS);
  }

  async #readWindow() {
    try {
      this.takeWindow((await this.desk.api.get(`sessions/${this.id}/window`)).window);
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // the next heartbeat says it again
    }
  }

  /** @param {Window | null} window */
  takeWindow(window) {
    if (JSON.stringify(window) === JSON.stringify(this.window)) return;
    this.window = window;
    if (this.session) this.desk.note((this.session = {...this.session, window}));
  }

  /** The server beats: what is still on its way is looked up, in case the word of its fate got lost. */
  beat() {
    if (this.call?.is_dialling || this.call?.asked_at || this.log.slice(-PENDING_COUNT).some(({status}) => status === "pending")) this.read();
  }

  /** It is the bot's, or a colleague's, and none of ours to read. @param {string | null} takenBy */
  #gone(takenBy) {
    this.problem = new Problem(404, "not_found", "");
    this.takenBy = takenBy;
    this.isLeft = true;
  }

  /** What new messages say about the session itself. @param {Message[]} messages */
  #spoken(messages) {
    const session = /** @type {Session} */ (this.session);
    for (const {author, at, seq} of messages) {
      if (author === "customer") session.last_customer_at = at;
      else session.last_answer_at = at;
      if (author === "agent") session.agent_read_seq = Math.max(session.agent_read_seq, seq);
    }
    this.desk.note(session);
  }

  /** A reply of ours is on record. @param {Message} message */
  sent(message) {
    this.#add([message]);
    if (this.session && message.seq > this.session.seq) this.read();
  }

  /** @param {boolean} isOn */
  hearTyping(isOn) {
    clearTimeout(this.#typingTimer);
    this.isTyping = isOn;
    if (isOn) this.#typingTimer = setTimeout(() => ((this.isTyping = false), this.desk.changed()), TYPING_SHOWN_MS);
  }

  /** The agent writes, or has stopped; said again while it lasts. @param {boolean} isOn */
  type(isOn) {
    if (!this.isMine || (isOn ? Date.now() - this.#typedAt < TYPING_EVERY_MS : !this.#typedAt)) return;
    this.#typedAt = isOn ? Date.now() : 0;
    this.desk.api.post(`sessions/${this.id}/typing`, {on: isOn}).catch(() => {}); // it is shown or not: nothing hangs on it
  }

  /** Everything here has been seen by its agent. */
  async markRead() {
    const {session} = this;
    const last = this.record.last;
    if (!session || !this.isMine || last <= session.agent_read_seq) return;
    const before = session.agent_read_seq;
    session.agent_read_seq = last;
    this.desk.note(session);
    await this.desk.api.post(`sessions/${this.id}/read`, {seq: last}).catch(() => (session.agent_read_seq = before));
  }

  /** Gives the session away. Throws the Problem that comes of it. @param {string} action @param {object} [body] */
  async leave(action, body) {
    this.isLeft = true;
    try {
      await this.desk.api.post(`sessions/${this.id}/${action}`, body);
    } catch (error) {
      this.isLeft = false;
      this.read();
      throw error;
    } finally {
      this.desk.readLists();
    }
  }

  /** Does something to the session. Throws the Problem that comes of it. @param {string} action @param {object} [body] */
  async act(action, body) {
    try {
      return await this.desk.api.post(`sessions/${this.id}/${action}`, body);
    } finally {
      this.read();
      this.desk.readLists();
    }
  }

  stop() {
    clearTimeout(this.#typingTimer);
    clearTimeout(this.#windowTimer);
  }
}
