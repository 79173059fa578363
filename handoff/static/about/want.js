/** @import {BotTurn, Judgement, Packet} from "../shapes.js" */
/** @import {Fact} from "./facts.js" */
/** @import {Say} from "../words.js" */
import {h} from "/static/dom.js";
import {chip, percent} from "../parts.js";
import {named} from "../words.js";
import {clamped, copied, facts} from "./facts.js";

/** "A person, please" is this long at most; what is longer says more than that. In characters as a Chinese reader counts them. */
const BARE_WISH_MAX = 14;
const WISH_SHOWN = 54;
const COMMENT_SHOWN = 42;
const TRIED_SHOWN = 3;
const BAD = ["high", "urgent"];
const ANGRY = -0.7;
const FELT = 0.3;

/** What they want, in their words: where the last ones only ask for a person, those before. @param {Packet} packet @returns {{wish: string, last: string}} */
export function wishOf({wish, reason, bot_turns}) {
  if (reason !== "explicit_request" || weight(wish) > BARE_WISH_MAX) return {wish, last: ""};
  const before = bot_turns.map((turn) => turn.question).filter((question) => question && question !== wish);
  return before.length ? {wish: before[before.length - 1], last: wish} : {wish, last: ""};
}

/** A word of Latin letters says about as much as two Chinese characters. @param {string} words */
function weight(words) {
  const latin = words.match(/[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Hebrew}\d']+/gu) ?? [];
  return [...words.replace(/[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Hebrew}\d'\s\p{P}]/gu, "")].length + 2 * latin.length;
}

/** @param {Say} text @param {Packet} packet */
export function want(text, packet) {
  const {wish, last} = wishOf(packet);
  const shown = wish.replace(/\n\s*\n/g, "\n"); // a mail's subject and its words lie near each other
  const line = h("blockquote", {dir: "auto"}, shown || text("wish.none"));
  return [
    clamped(text, line, shown, WISH_SHOWN),
    last ? h("p", {class: "quiet last", dir: "auto"}, text("about.last", {words: last})) : null,
    packet.comment ? h("div", {class: "comment"}, h("b", {}, text("about.comment")), clamped(text, h("p", {dir: "auto"}, packet.comment), packet.comment, COMMENT_SHOWN)) : null,
  ];
}

/** What the bot has learned by asking, ready to be copied. @param {Say} text @param {Packet} packet */
export const learned = (text, {slots}) => [facts(Object.entries(slots).map(([name, value]) => /** @type {Fact} */ ([name, value ? copied(text, name, value) : null])))];

/** The reason in words, what set it off, and the bot's part in a line. @param {Say} text @param {Packet} packet */
export function why(text, packet) {
  const {wish} = wishOf(packet);
  const isTold = [packet.reason, packet.wish, wish].includes(packet.trigger) || packet.bot_turns.some(({title}) => title && packet.trigger.startsWith(`${title} (`));
  const trigger = isTold ? "" : packet.trigger;
  return [
    h("div", {class: "reason"}, h("p", {}, named(text, "reason", packet.reason)), judged(text, packet)),
    trigger ? h("p", {class: "quiet", dir: "auto"}, text("about.trigger", {words: evidence(text, trigger)})) : null,
  ];
}

/** What the server calls the evidence, where no customer has said it. @type {Record<string, string>} */
const EVIDENCE = {
  "replied to the bot's mail": "mail.by.to_bot",
  "replied to a person's mail": "mail.by.to_person",
  "no words": "mail.by.no_words",
  "not read whole": "mail.by.unread",
  "unproven sender": "mail.by.unproven",
  "too many automatic answers to this sender": "mail.by.limited",
};

/** @param {Say} text @param {string} trigger */
const evidence = (text, trigger) => (Object.hasOwn(EVIDENCE, trigger) ? text(EVIDENCE[trigger]) : trigger);

/** What sort of wish it is, in a few small words; each says when pointed at, and to a screen reader, how that is known. @param {Say} text @param {Packet} packet */
function judged(text, {kind, area, category, urgency, sentiment, triage = {}}) {
  const felt = moodOf(sentiment ?? 0);
  const mood = kind === "complaint" && felt === "unhappy" ? "" : felt; // who complains is unhappy
  const marks = [
    BAD.includes(urgency) ? mark(text, named(text, "urgency", urgency), triage.urgency, "bad") : null,
    kind ? mark(text, named(text, "matter", kind), triage.kind, kind === "complaint" ? "warn" : "") : null,
    area || category ? mark(text, area || category || "", area ? triage.area : undefined) : null,
    mood ? mark(text, named(text, "mood", mood), triage.sentiment, mood === "pleased" ? "" : "warn") : null,
    urgency === "low" ? mark(text, named(text, "urgency", "low"), triage.urgency) : null,
  ].filter((one) => one !== null);
  return marks.length ? h("ul", {class: "judged", "aria-label": text("about.judged")}, ...marks) : null;
}

/** @param {number} sentiment from -1 to 1 */
const moodOf = (sentiment) => (sentiment <= ANGRY ? "angry" : sentiment <= -FELT ? "unhappy" : sentiment >= FELT ? "pleased" : "");

/** @param {Say} text @param {string} words @param {Judgement | undefined} why @param {string} [tone] */
function mark(text, words, why, tone = "") {
  const how = why?.words ? text("judged.words", {words: why.words}) : why?.by ? named(text, "judged", why.by) : "";
  const shown = chip(words, tone);
  shown.setAttribute("dir", "auto");
  if (how) shown.title = how;
  return h("li", {}, shown, how ? h("span", {class: "hidden"}, how) : null);
}

/** How often the bot did what: the packet's facts in the agent's own language. @param {Say} text @param {Packet} packet */
export function summary(text, {bot_turns}) {
  const count = (/** @type {string} */ decision) => bot_turns.filter((turn) => turn.decision === decision).length;
  const parts = [
    count("answer") ? text("about.answered", {count: count("answer")}) : "",
    count("clarify") ? text("about.asked", {count: count("clarify")}) : "",
  ];
  return parts.filter(Boolean).join(" · ");
}

/** What the bot tried: each question, the entry that it took it for, how sure it was, and what it did. @param {Say} text @param {Packet} packet */
export function tried(text, packet) {
  const turns = packet.bot_turns.filter((turn) => turn.entry || turn.confidence || turn.question !== packet.wish || turn.decision !== "handoff");
  const items = turns.map((turn) => tryOf(text, turn));
  const early = items.slice(0, -TRIED_SHOWN);
  for (const item of early) item.hidden = true;
  const list = h("ol", {class: "tries"}, ...items);
  const more = h("button", {type: "button", class: "more", onclick: () => (early.forEach((item) => (item.hidden = false)), more.remove())}, text("tried.more", {count: early.length}));
  const lead = summary(text, packet);
  return [lead ? h("p", {class: "quiet lead"}, lead) : null, early.length ? more : null, turns.length ? list : h("p", {class: "quiet"}, text("tried.none"))];
}

/** @param {Say} text @param {BotTurn} turn */
function tryOf(text, turn) {
  const what = turn.entry ? turn.title || turn.entry : text("tried.no_entry");
  return h(
    "li",
    {},
    h("p", {class: "asked", dir: "auto", title: turn.question}, turn.question),
    h(
      "p",
      {class: "took"},
      h("span", {class: "entry", dir: "auto", title: turn.entry ? `${what} · ${turn.entry}` : null}, "→ ", what),
      turn.confidence ? sure(text, turn.confidence) : null,
      h("span", {class: `did ${turn.decision}`}, named(text, "decision", turn.decision)),
    ),
  );
}

/** How sure, as a bar and as a number. @param {Say} text @param {number} share */
function sure(text, share) {
  const bar = h("i", {});
  bar.style.setProperty("inline-size", `${Math.round(Math.min(1, Math.max(0, share)) * 100)}%`);
  return h("span", {class: "sureness"}, h("span", {class: "hidden"}, text("tried.sure")), h("span", {class: "track", "aria-hidden": "true"}, bar), h("b", {}, percent(share)));
}
