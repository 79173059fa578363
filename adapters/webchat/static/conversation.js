/** @import {Body, Config, Entry, Frame, Message, SentFile, Stand, Survey} from "./frames.js" */
import {Keep, ulid} from "./keep.js";
import {Link} from "./link.js";
import {Log} from "./log.js";

const GAP_MS = 1_000;
const ANSWER_MAX_MS = 15_000;
const TYPING_SHOWN_MS = 8_000;
const TYPING_EVERY_MS = 3_000;
const FILE_URLS_LAST_MS = 45 * 60_000;

/**
 * One visitor's conversation with one site: what was said, what is still on its way, and where the session stands.
 *
 * A message of the customer's is kept in storage until it is acknowledged, and sent again after every reconnect: its cid makes the repeat
 * harmless. One is underway at a time, so that no failure can change their order, and none before a form that is asked has been filled in.
 * Calls `changed` whenever there is something new to show, and `heard` for each message from the other side.
 */
export class Conversation {
  /** @type {Map<string, Entry>} */ outbox = new Map();
  /** @type {Stand} */ stand = {state: "bot"};
  /** @type {string | undefined} */ typist;
  /** @type {string} */ notice = "";
  /** @type {"connecting" | "online" | "waiting"} */ status = "connecting";
  readByAgent = 0;
  /** Why the form was not taken, in words, and which fields were the reason. @type {{words: string, fields: string[]} | undefined} */
  refusal;
  #skewMs = 0;
  /** @type {Frame | undefined} */ #filling;
  /** @type {Set<string>} */ #ours = new Set();
  /** @type {string | undefined} */ #underway;
  /** @type {string | undefined} */ #identity;
  /** @type {number | undefined} */ #check;
  #checkAt = Infinity;
  /** @type {number | undefined} */ #typing;
  #typedAt = 0;

  /**
   * @param {{base: URL, prefix: string, locale: string, changed: () => void, heard: (message: Message) => void}} door
   */
  constructor(door) {
    this.door = door;
    this.keep = new Keep(door.prefix);
    /** @type {Config} */
    this.config = this.keep.saved.config ?? {};
    this.log = new Log(withFreshFiles(this.keep.saved.messages));
    for (const entry of this.keep.entries()) this.outbox.set(entry.cid, entry);
    this.unwatch = this.keep.watch((cid, entry) => this.#elsewhere(cid, entry), door.changed);
    this.link = new Link(door.base, () => this.#hello(), (frame) => this.#heard(frame), (status) => this.#turned(status));
  }

  /** @param {string | undefined} identity */
  start(identity) {
    this.#identity = identity;
    this.link.start();
  }

  /** The gateway's time: the visitor's clock may be wrong by days. */
  get now() {
    return Date.now() + this.#skewMs;
  }

  stop() {
    clearTimeout(this.#check);
    clearTimeout(this.#typing);
    this.unwatch();
    this.link.stop();
  }

  /** From now on as this person. A conversation that has begun goes on, or gives way to theirs: the welcome tells. @param {string} identity */
  identify(identity) {
    this.#identity = identity;
    this.link.again();
  }

  /** What is asked at the end of a session, until it is answered or dismissed. @returns {Survey | null} */
  get survey() {
    return (this.link.isOnline && this.keep.saved.survey) || null;
  }

  set survey(survey) {
    this.keep.save({survey});
  }

  /** What is asked before the first message, until it is on record. */
  get form() {
    return this.config.form;
  }

  set form(form) {
    this.config = {...this.config, form};
    this.keep.save({config: this.config});
  }

  get isFilling() {
    return Boolean(this.#filling);
  }

  /** Fills in the form. It is sent again after every reconnect until it is on record. @param {Record<string, string>} fields */
  fill(fields) {
    const {kind, consent} = this.form ?? {};
    this.refusal = undefined;
    this.#filling = {type: "form", cid: ulid(), kind, fields, ...(consent && {consent: consent.version})};
    this.link.send(this.#filling);
    this.door.changed();
  }

  get token() {
    return this.keep.saved.token;
  }

  /** How many messages from the other side have not been seen. */
  get unread() {
    return this.log.messages.filter((message) => message.author !== "customer" && message.seq > this.keep.saved.read).length;
  }

  /** @param {Body} body @param {SentFile} [file] */
  say(body, file) {
    const entry = {cid: ulid(), at: new Date(this.now).toISOString(), body, file};
    this.type(false);
    this.notice = "";
    if (this.survey) this.survey = null;
    this.#post(entry);
  }

  /** Sends a refused message once more, as a new one: the old cid's fate is sealed. @param {string} cid */
  retry(cid) {
    const entry = this.outbox.get(cid);
    if (!entry) return;
    this.discard(cid);
    this.#post({cid: ulid(), at: new Date(this.now).toISOString(), body: entry.body, file: entry.file});
  }

  /** @param {string} cid */
  discard(cid) {
    this.#settle(cid);
    this.door.changed();
  }

  /** The customer is writing, or has stopped. @param {boolean} isOn */
  type(isOn) {
    if (isOn ? Date.now() - this.#typedAt < TYPING_EVERY_MS : !this.#typedAt) return;
    this.#typedAt = isOn ? Date.now() : 0;
    this.link.send({type: "typing", on: isOn});
  }

  /** Everything here has been seen. */
  markRead() {
    if (!this.unread) return;
    this.keep.save({read: this.log.last});
    this.link.send({type: "read", seq: this.log.last});
    this.door.changed();
  }

  /** @param {number} score @param {string} comment */
  rate(score, comment) {
    this.link.send({type: "rate", score, session: this.survey?.session, ...(comment && {comment})});
    this.survey = null;
  }

  end() {
    this.link.send({type: "end"});
  }

  /** @param {Entry} entry */
  #post(entry) {
    this.outbox.set(entry.cid, entry);
    this.#ours.add(entry.cid);
    this.keep.put(entry);
    this.#pump();
    this.door.changed();
  }

  /** The unsent messages, oldest first. */
  get unsent() {
    return [...this.outbox.values()].sort((a, b) => (a.cid < b.cid ? -1 : 1));
  }

  /** Sends the oldest message that waits, unless one is underway. */
  #pump() {
    const next = this.unsent.find((entry) => !entry.error && this.#ours.has(entry.cid));
    if (next && !this.#underway && !this.form && this.link.isOnline) this.#send(next);
    this.#watchOver();
  }

  /** @param {Entry} entry */
  #send({cid, body}) {
    this.#underway = cid;
    this.link.send({type: "message", cid, ...body});
  }

  /** Another tab has an unsent message, and sends it; it is ours too if it is still there when we connect anew. @param {string} cid @param {Entry | null} entry */
  #elsewhere(cid, entry) {
    if (entry) this.outbox.set(cid, entry);
    else if (this.outbox.get(cid)?.error) this.outbox.delete(cid);
    this.door.changed();
  }

  #hello() {
    const {log, token} = this;
    return {
      ...(token && {token, link: this.keep.saved.link}),
      ...(log.messages.length && {last_seq: log.last}),
      ...(this.#identity && {identity: this.#identity}),
      locale: this.door.locale,
      page: location.href.split(/[?#]/)[0], // a query may hold what is nobody's business
    };
  }

  /** @param {"connecting" | "online" | "waiting"} status */
  #turned(status) {
    this.status = status;
    if (status !== "online") {
      this.typist = undefined;
      clearTimeout(this.#check);
      this.#checkAt = Infinity;
      if (status === "waiting") this.notice = "";
    }
    this.door.changed();
  }

  /** @param {Frame} frame */
  #heard(frame) {
    switch (frame.type) {
      case "welcome":
        this.#welcomed(frame);
        break;
      case "ack":
        this.#acknowledged(frame);
        break;
      case "message":
        this.#told(/** @type {any} */ (frame));
        break;
      case "state":
        this.stand = /** @type {any} */ (frame);
        break;
      case "typing":
        this.#typed(frame);
        break;
      case "read":
        this.readByAgent = Math.max(this.readByAgent, frame.seq);
        break;
      case "filled":
        this.#filled();
        break;
      case "survey":
        this.survey = {session: frame.session, text: frame.text};
        break;
      case "error":
        this.#refused(frame);
    }
    this.door.changed();
  }

  /** @param {Frame} frame */
  #welcomed(frame) {
    if (this.log.messages.length && (!frame.resumed || frame.seq < this.log.last)) this.#forget();
    this.config = {...this.config, ...frame.config};
    this.#skewMs = frame.at ? Date.parse(frame.at) - Date.now() : 0;
    this.notice = "";
    this.keep.save({config: this.config, token: frame.token});
    this.stand = {...(this.stand.state === frame.state ? this.stand : {}), state: frame.state, session: frame.session};
    this.log.expect(frame.seq);
    this.#underway = undefined;
    this.#ours = new Set(this.outbox.keys());
    this.#watchOver({isProgress: true});
    if (!this.form) this.#filled();
    else if (this.#filling) this.link.send(this.#filling);
  }

  /** What the form asked for is on record: what has waited for it may go. */
  #filled() {
    this.#filling = undefined;
    if (this.form) this.form = null;
    this.#pump();
  }

  /** @param {Frame} frame */
  #acknowledged(frame) {
    const entry = this.outbox.get(frame.cid);
    if (!entry) return this.log.expect(frame.seq);
    this.#settle(entry.cid);
    const {body, file} = entry;
    this.#add(
      {seq: frame.seq, id: entry.cid, cid: entry.cid, author: "customer", at: frame.at, text: body.text, files: file && [file]},
      false,
    );
  }

  /** @param {Message} message */
  #told(message) {
    if (message.cid) this.#settle(message.cid); // the ack may have been lost
    if (message.author === this.typist) this.typist = undefined;
    if (this.stand.state === "closed" && message.session !== this.stand.session) this.stand = {state: "bot", session: message.session};
    this.#add(message, true);
  }

  /** @param {Message} message @param {boolean} isReplayed */
  #add(message, isReplayed) {
    const fresh = this.log.add({...message, heard_at: Date.now()}, isReplayed);
    if (fresh.length) this.keep.save({messages: this.log.messages});
    for (const one of fresh) if (one.author !== "customer") this.door.heard(one);
    this.#watchOver({isProgress: fresh.length > 0});
  }

  /** @param {Frame} frame */
  #typed(frame) {
    clearTimeout(this.#typing);
    this.typist = frame.on === false || frame.author === "customer" ? undefined : frame.author;
    if (!this.typist) return;
    this.#typing = setTimeout(() => ((this.typist = undefined), this.door.changed()), TYPING_SHOWN_MS);
  }

  /** @param {Frame} frame */
  #refused(frame) {
    const entry = frame.cid && this.outbox.get(frame.cid);
    const filling = this.#filling;
    if (!this.link.isOnline) {
      this.#notLetIn(frame);
    } else if (filling && frame.cid === filling.cid) {
      if (frame.retry_after_s) return void setTimeout(() => this.#filling === filling && this.link.send(filling), 1000 * frame.retry_after_s);
      this.#filling = undefined;
      this.refusal = {words: frame.text || frame.code, fields: frame.fields ?? []};
    } else if (frame.code === "form_required") {
      this.#underway = undefined;
      if (!this.form) this.link.drop(); // the next welcome brings it
    } else if (!entry) {
      this.notice = frame.text || frame.code;
    } else if (frame.retry_after_s) {
      setTimeout(() => this.#underway === entry.cid && this.#send(entry), 1000 * frame.retry_after_s);
    } else {
      const refused = {...entry, error: frame.text || frame.code};
      this.outbox.set(entry.cid, refused);
      this.keep.put(refused);
      this.#goOn(entry.cid);
    }
  }

  /** A hello was refused: the next one goes without what was wrong with it. @param {Frame} frame */
  #notLetIn({code, text, retry_after_s}) {
    let notice = "";
    if (code.startsWith("token")) this.#comeAnew();
    else if (code.startsWith("identity")) this.#identity = undefined;
    else notice = text || code;
    this.link.drop(retry_after_s);
    this.notice = notice;
  }

  /** @param {string} cid */
  #settle(cid) {
    this.outbox.delete(cid);
    this.keep.drop(cid);
    this.#goOn(cid);
  }

  /** @param {string} cid */
  #goOn(cid) {
    if (this.#underway !== cid) return;
    this.#underway = undefined;
    this.#pump();
  }

  /** Our token is refused: where another tab has a newer one that is ours too, else as somebody new. */
  #comeAnew() {
    const token = this.keep.newerToken;
    this.#forget();
    if (token) this.keep.save({token});
  }

  #forget() {
    this.log = new Log();
    this.keep.forget();
    this.stand = {state: "bot"};
  }

  /**
   * Proves that nothing is missing: while something is, there is a moment at which the connection is made anew, put off only by progress.
   * @param {{isProgress?: boolean}} [seen]
   */
  #watchOver({isProgress} = {}) {
    const isWaiting = Boolean(this.#underway);
    const isIdle = !this.link.isOnline || (this.log.isWhole && !isWaiting);
    const at = Date.now() + (this.log.hasGap ? GAP_MS : ANSWER_MAX_MS);
    if (!isIdle && !isProgress && at >= this.#checkAt) return;
    clearTimeout(this.#check);
    this.#checkAt = isIdle ? Infinity : at;
    if (!isIdle) this.#check = setTimeout(() => ((this.#checkAt = Infinity), this.link.drop()), at - Date.now());
  }
}

/**
 * The remembered transcript up to the first file whose signed address may have run out: from there on it is read again.
 * @param {Message[]} messages
 */
function withFreshFiles(messages) {
  const stale = messages.findIndex((message) => message.files?.length && Date.now() - (message.heard_at ?? 0) > FILE_URLS_LAST_MS);
  return stale < 0 ? messages : messages.slice(0, stale);
}
