/** @import {Desk} from "../desk.js" */
/** @import {Entry, Finding, Item, Revision, Standing, Suggestion, Tried, Whole} from "./shapes.js" */
import {Problem} from "../api.js";
import {triedOf} from "./tried.js";

const PAGE_COUNT = 200;
const AGAIN_MS = 2_000;
/** So many entries are examined without being asked to; looking through more takes the server a while. */
const EXAMINED_MAX_COUNT = 2_000;
/** Looking through everything takes the server longer than reading it. */
const LOOKING_MS = 65_000;
/** Frames come in bursts where many save: one reading for all of them. */
const SOON_MS = 250;

/** @typedef {{q: string, category: string, language: string, state: string}} Filter */

/** @type {Standing} */
const NOTHING = {revision: 0, draft_count: 0, mark: null, total: null, building: false, file_changed: false, failed: "", can: {edit: false, publish: false}, categories: []};

/** What this desk knows of the knowledge base: the entries that were asked for, how drafts stand to what is live, and what is wrong with them. */
export class Library {
  /** @type {Standing} */ standing = NOTHING;
  /** @type {Item[]} */ items = [];
  /** @type {Finding[]} */ findings = [];
  /** @type {string | null} */ next = null;
  /** @type {Problem | null} */ problem = null;
  /** @type {Filter} */ filter = {q: "", category: "", language: "", state: ""};
  isRead = false;
  isChecked = false;
  isReading = false;
  /** Counts what was asked: an answer that comes late is not for the list that stands there now. */
  #asked = 0;
  /** @type {Set<(what: "list" | "standing") => void>} */ #ears = new Set();
  /** @type {number | undefined} */ #timer;
  /** @type {number | undefined} */ #soon;

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.deaf = desk.hear("knowledge", (frame) => this.#heard(frame));
  }

  stop() {
    this.deaf();
    clearTimeout(this.#timer);
    clearTimeout(this.#soon);
    this.#ears.clear();
  }

  /** @param {(what: "list" | "standing") => void} ear @returns {() => void} */
  hear(ear) {
    this.#ears.add(ear);
    return () => this.#ears.delete(ear);
  }

  /** @param {"list" | "standing"} what */
  #tell(what) {
    for (const ear of [...this.#ears]) ear(what);
  }

  // ---- the list ------------------------------------------------------------------------------------------------------------------

  /** Reads the list from its beginning. @param {Partial<Filter>} [filter] */
  async read(filter = {}) {
    this.filter = {...this.filter, ...filter};
    await this.#page("", PAGE_COUNT / 2, "anew");
  }

  /** The next page of it, where there is one. */
  async more() {
    if (this.next && !this.isReading) await this.#page(this.next, PAGE_COUNT, "more");
  }

  /** @param {string} after @param {number} limit @param {"anew" | "more" | "again"} way */
  async #page(after, limit, way) {
    const asked = ++this.#asked;
    this.isReading = true;
    this.#tell("list");
    try {
      const body = await this.desk.api.get(`knowledge?${query(this.filter, after, limit)}`);
      if (asked !== this.#asked) return;
      this.#take(body, way);
      this.problem = null;
      this.isRead = true;
      this.#stands(body);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (asked === this.#asked) this.problem = error;
    } finally {
      if (asked === this.#asked) {
        this.isReading = false;
        this.#tell("list");
      }
    }
  }

  /** Where somebody has scrolled far down, what is read again takes the place of the same, and the rest stays. @param {{items: Item[], next: string | null}} body @param {string} way */
  #take({items, next}, way) {
    const ids = new Set(items.map((item) => item.id));
    const isPart = way === "again" && next !== null && this.items.length > items.length;
    if (isPart) this.items = [...items, ...this.items.slice(items.length).filter((item) => !ids.has(item.id))];
    else [this.items, this.next] = [way === "more" ? [...this.items, ...items] : items, next];
  }

  /** Those of the list that are drafts, all of them: what a publication would change. @returns {Promise<Item[]>} */
  async drafts() {
    /** @type {Item[]} */ const found = [];
    for (let after = ""; ; ) {
      const body = await this.desk.api.get(`knowledge?${query({q: "", category: "", language: "", state: "draft"}, after, PAGE_COUNT)}`);
      found.push(...body.items.filter((/** @type {Item} */ item) => item.state !== "live"));
      if (!body.next || !body.items.length) return found;
      after = body.next;
    }
  }

  /** Entries by words, for a field that completes. @param {string} words @param {number} limit @returns {Promise<Item[]>} */
  async find(words, limit) {
    return (await this.desk.api.get(`knowledge?${query({q: words, category: "", language: "", state: ""}, "", limit)}`)).items;
  }

  // ---- how it stands -------------------------------------------------------------------------------------------------------------

  /** @param {Record<string, any>} body */
  #stands(body) {
    const {revision = 0, draft_count = 0, building = false, file_changed = false, can = {edit: true, publish: this.desk.isSupervisor}} = body;
    const isBuilding = Boolean(building);
    const failed = isBuilding ? "" : (body.failed ?? (revision === this.standing.revision ? this.standing.failed : ""));
    this.standing = {revision: numberOf(revision), draft_count, mark: body.mark ?? null, total: body.total ?? null, building: isBuilding, file_changed: Boolean(file_changed), failed, can, categories: body.categories ?? this.standing.categories};
    if (isBuilding) this.#watch();
    this.#tell("standing");
  }

  /** @param {Record<string, any>} frame */
  #heard(frame) {
    if (frame.state === "failed") this.standing = {...this.standing, building: false, failed: frame.detail || "failed"};
    else if (frame.state) this.standing = {...this.standing, building: frame.state === "building", failed: ""};
    if (typeof frame.draft_count === "number") this.standing = {...this.standing, draft_count: frame.draft_count};
    if (frame.state === "building") this.#watch();
    this.#tell("standing");
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => this.isRead && void this.#again(), SOON_MS);
  }

  async #again() {
    await this.#page("", PAGE_COUNT, "again");
    if (this.isChecked) await this.examine();
  }

  /** A frame may be lost: as long as it is being built, the list is asked how it goes. */
  #watch() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.standing.building && void this.#again().then(() => this.standing.building && this.#watch()), AGAIN_MS);
  }

  // ---- deeds: each throws the Problem that comes of it -----------------------------------------------------------------------------

  /** @param {string} id @returns {Promise<Whole>} */
  entry(id) {
    return this.desk.api.get(`knowledge/entries/${encodeURIComponent(id)}`);
  }

  /** @param {Entry} entry @param {number} version 0: a new one @returns {Promise<Whole>} */
  async save(entry, version) {
    return this.#changed(await this.desk.api.put(`knowledge/entries/${encodeURIComponent(entry.id)}`, {entry, version}));
  }

  /** @param {string} id @param {number} version */
  async drop(id, version) {
    return this.#changed(await this.desk.api.delete(`knowledge/entries/${encodeURIComponent(id)}?version=${version}`));
  }

  /** @param {string} id @param {number} version */
  async discard(id, version) {
    return this.#changed(await this.desk.api.post(`knowledge/entries/${encodeURIComponent(id)}/discard`, {version}));
  }

  /** Another way to ask for an entry, or one that is not meant by it. @param {string} id @param {{text: string, is_not?: boolean, session_id?: string | null, seq?: number | null}} question */
  async add(id, question) {
    return this.#changed(await this.desk.api.post(`knowledge/entries/${encodeURIComponent(id)}/questions`, question));
  }

  /** What the bot would do; null as long as the bot that is asked is being made. @param {string} words @param {{language?: string, channel?: string, draft?: boolean}} how @returns {Promise<Tried | null>} */
  async try(words, how) {
    const body = await this.desk.api.post("knowledge/try", {text: words, ...how});
    return body.state === "building" ? null : triedOf(body);
  }

  async check() {
    const body = await this.desk.api.get(`knowledge/check?lang=${document.documentElement.lang}`, LOOKING_MS);
    this.findings = body.items;
    this.isChecked = true;
    this.#tell("list");
    return this.findings;
  }

  /** What is wrong, where that is quickly found; the list tells without it, too. */
  async examine() {
    if ((this.standing.total ?? this.items.length) <= EXAMINED_MAX_COUNT) await this.check().catch(() => {});
  }

  /** What was found about one entry. @param {string} id */
  findingsOf(id) {
    return this.findings.filter((one) => one.entries.includes(id));
  }

  /** All drafts as they were seen: `mark` says so. @param {string} comment @param {number | null} mark */
  async publish(comment, mark) {
    const body = await this.desk.api.post("knowledge/publish", {comment, base: this.standing.revision, ...(mark !== null && {mark})});
    this.standing = {...this.standing, building: body.state !== "live", failed: ""};
    this.#watch();
    this.#tell("standing");
    return numberOf(body.revision);
  }

  /** @param {number} number */
  async restore(number) {
    const body = await this.desk.api.post(`knowledge/revisions/${number}/restore`, {base: this.standing.revision});
    this.standing = {...this.standing, building: body.state !== "live", failed: ""};
    this.#watch();
    this.#tell("standing");
    return numberOf(body.revision);
  }

  /** @returns {Promise<Revision[]>} newest first */
  async revisions() {
    const {items} = await this.desk.api.get("knowledge/revisions?limit=100");
    return items;
  }

  /** @param {number} days @returns {Promise<Suggestion[]>} */
  async suggestions(days) {
    const {items} = await this.desk.api.get(`knowledge/suggestions?days=${days}&limit=100`, LOOKING_MS);
    return items;
  }

  /** Something was saved: the list and the count of drafts are another. @template T @param {T} body @returns {T} */
  #changed(body) {
    void this.#again();
    return body;
  }
}

/** A revision by itself, or its number alone. @param {any} revision */
const numberOf = (revision) => (typeof revision === "object" && revision ? revision.number : Number(revision) || 0);

/** @param {Filter} filter @param {string} after @param {number} limit */
function query({q, category, language, state}, after, limit) {
  const given = {q, category, language, state, limit: String(limit), after};
  return new URLSearchParams(Object.entries(given).filter(([, value]) => value)).toString();
}
