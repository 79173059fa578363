/** @import {Desk} from "./desk.js" */
/** @import {Session} from "./shapes.js" */
/** @import {Say} from "./words.js" */
import {h, say} from "/static/dom.js";
import {Problem} from "./api.js";
import {customerOf} from "./called.js";
import {clock, ticking} from "./moments.js";
import {button, countdown, fill} from "./parts.js";
import {named, trouble} from "./words.js";

/** A page that reads nothing for so long though it seems to be connected shows what may be old. */
const OLD_MS = 75_000;
const NAMES_COUNT = 3;

/** Under the bar: that the connection is gone and how old all this is; what happened while it was; what can't be read. */
export class Banners {
  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
    this.lost = h("b", {role: "status"});
    this.since = h("span", {class: "left"});
    this.old = h("span", {class: "old"});
    this.next = h("span", {class: "left"});
    this.line = h("div", {class: "banner warn line-lost", hidden: true}, this.lost, this.since, this.old, this.next, button(text("line.again"), () => this.#again(), {kind: "small"}));
    this.told = h("p", {});
    this.back = button(text("status.go"), () => this.#goAvailable(), {kind: "small"});
    this.seen = button(text("meanwhile.seen"), () => desk.meanwhile.dismiss(), {kind: "small"});
    this.absence = h("div", {class: "banner accent meanwhile", role: "alert", hidden: true}, this.told, this.back, this.seen);
    this.wrong = h("p", {class: "banner bad", role: "alert", hidden: true});
    this.offered = h("div", {class: "offered", role: "status"});
    this.element = h("div", {class: "banners"}, this.offered, this.line, this.absence, this.wrong);
    ticking(this.next, () => this.#tick());
  }

  render() {
    const {line, wasOnline, problem} = this.desk;
    const isLost = wasOnline && !line.isOnline;
    this.line.hidden = !isLost && !this.#isOld();
    this.wrong.hidden = !problem || isLost;
    if (problem) say(this.wrong, trouble(this.text, problem));
    this.#tick();
    this.#absence();
    this.#offer();
  }

  /** Where the lists are out of sight, on a page, in a search, on a phone, what is offered stands here. */
  #offer() {
    const {desk, text} = this;
    const offer = (desk.open && desk.offers.get(desk.open.id)) ?? [...desk.offers.values()][0];
    const accept = () => desk.commands.run("offer.accept");
    const make = () =>
      h("div", {class: "banner accent"}, h("p", {dir: "auto"}, text("offer.news", {wish: offer?.packet.wish || text("wish.none")})), offer ? countdown(offer.offered_at, offer.expires_at, text) : null, button(text("accept"), accept, {kind: "small primary", act: "accept"}));
    fill(this.offered, offer ? [{key: "offer", sign: `${offer.handoff_id}/${offer.expires_at}`, make}] : []);
  }

  stop() {
    this.next.remove(); // its clock stops with it
  }

  /** Connected, and yet nothing has come of reading for a while. */
  #isOld() {
    const {wholeAt} = this.desk.reading;
    return wholeAt > 0 && Date.now() - wholeAt > OLD_MS;
  }

  #tick() {
    const {desk, text} = this;
    const {line} = desk;
    if (line.isOnline && !this.#isOld()) return "";
    const wholeAt = desk.reading.wholeAt;
    say(this.lost, text(line.isOnline ? "line.old" : "line.lost"));
    say(this.since, line.isOnline ? "" : clock((Date.now() - line.lostAt) / 1000));
    say(this.old, wholeAt ? text("line.asof", {time: new Date(wholeAt).toLocaleTimeString(text.language, {hour: "2-digit", minute: "2-digit", hour12: false})}) : "");
    this.line.hidden = !desk.wasOnline;
    if (line.isOnline) return "";
    const left = Math.ceil((line.nextAt - Date.now()) / 1000);
    return line.nextAt && left > 0 ? text("line.next", {seconds: left}) : text("line.trying");
  }

  #again() {
    if (this.desk.line.isOnline) this.desk.readAgain();
    else this.desk.line.again();
  }

  #absence() {
    const {absence} = this.desk.meanwhile;
    this.absence.hidden = !absence;
    if (!absence) return;
    const {text} = this;
    const names = (/** @type {Session[]} */ sessions) => {
      const known = sessions.slice(0, NAMES_COUNT).map((session) => customerOf(this.desk, text, session));
      return known.join(text("comma")) + (sessions.length > NAMES_COUNT ? text("meanwhile.more", {count: sessions.length - NAMES_COUNT}) : "");
    };
    const parts = [
      text("meanwhile.away", {time: clock((absence.toMs - absence.fromMs) / 1000)}),
      absence.status && text("meanwhile.status", {status: named(text, "status", absence.status)}),
      absence.requeued.length && text("meanwhile.requeued", {count: absence.requeued.length, names: names(absence.requeued)}),
      absence.gone.length && text("meanwhile.gone", {count: absence.gone.length, names: names(absence.gone)}),
    ];
    say(this.told, parts.filter(Boolean).join(" "));
    this.back.hidden = !absence.status || absence.status === "available";
  }

  async #goAvailable() {
    try {
      await this.desk.setStatus("available");
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.desk.problem = error;
      this.desk.changed();
    }
  }
}
