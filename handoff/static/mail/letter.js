/** @import {Conversation} from "../conversation.js" */
/** @import {LetterHead, Message, Part} from "../shapes.js" */
/** @import {Bubbles, Stand} from "../talk/bubbles.js" */
/** @import {Fate} from "../talk/fates.js" */
/** @import {Around} from "../talk/pieces.js" */
/** @import {Say} from "../words.js" */
import {h, icon, say} from "/static/dom.js";
import {markdown} from "/static/markdown.js";
import {customerOf} from "../called.js";
import {momentOf} from "../moments.js";
import {channelIcon} from "../parts.js";
import {named} from "../words.js";
import {DRAWINGS} from "../talk/drawings.js";
import {bytes, isPicture, piece, plain, thought} from "../talk/pieces.js";
import {teach} from "../talk/teach.js";
import {bare, headOf, parted, wordsOf} from "./kind.js";
import {Inside} from "./inside.js";
import {SIGNS} from "./signs.js";

/** What is longer is shown in part: in Latin letters, of which a Chinese one has the width of two, and in lines. */
const LONG_CHARS = 2_400;
const LONG_LINES = 32;
/** How many recipients are named before the others are counted. */
const NAMED_COUNT = 3;
/** What says that a sender is who they say. */
const PROVEN = ["dmarc", "dkim"];
const DOUBTFUL = ["none", "failed"];

/** Whether a message is a mail: what was said without its own head too, where everything goes by mail. @param {Conversation} open @param {Message} message */
export const isLetter = (open, message) => Boolean(headOf(message)) || (Boolean(open.letter) && (message.author === "bot" || message.author === "agent"));

/** A mail in the log as people know it: who wrote to whom, what about, the words, what lies in it. @param {Bubbles} bubbles @param {Message} message @param {Stand} stand @param {Fate} fate */
export function letter(bubbles, message, stand, fate) {
  const {text, open, around} = bubbles;
  const head = headOf(message);
  const isTheirs = message.author === "customer";
  const card = h("div", {class: "bubble letter-card"}, headOfCard(bubbles, message, head), subjectOf(bubbles, message, head), words(message, text), files(message, around));
  if (isTheirs && head) {
    const inside = new Inside(text, open, message, () => void teach(open.desk, text, open, message));
    card.append(inside.element);
    if (head.has_more && !wordsOf(message).trim()) void inside.explain(); // encrypted or broken: nobody wonders where the words are
  }
  const isQuiet = Boolean(isTheirs && head?.automatic);
  const made = h(
    "div",
    {class: `said letter ${message.author}${message.agent_id && message.agent_id === open.desk.agent?.id ? " own" : ""}`, "data-seq": message.seq || null},
    isQuiet && head ? folded(text, message, head, card) : card,
    message.author === "bot" ? thought(message.why, text) : null,
    h("p", {class: "foot"}, h("span", {class: "fate"})),
  );
  bubbles.stand(made, stand);
  bubbles.fated(made, fate, message);
  return made;
}

/** That a line of the system went out as a mail, and whether it did; null where it is only for agents. @param {Say} text @param {Message} message */
export function mailed(text, {why, status}) {
  if (why.is_remark) return null;
  const isLost = status === "failed" || status === "refused" || status === "uncertain";
  return h("span", {class: `tag mailed${isLost ? " lost" : ""}`}, channelIcon("email"), text(isLost ? "mail.notice_lost" : status === "pending" || status === "kept" ? "mail.notice_waits" : "mail.notice_sent"));
}

/** A file that was on its way is here, or will not come. @param {HTMLElement} element @param {Message} message @param {Around} around */
export function refillLetter(element, message, around) {
  element.querySelector(".letter-files")?.replaceWith(files(message, around));
}

/** What a program wrote: there to be read, and no more in the way than that. @param {Say} text @param {Message} message @param {LetterHead} head @param {HTMLElement} card */
function folded(text, message, head, card) {
  const {name, address} = parted(head.sender);
  return h(
    "details",
    {class: "letter-auto"},
    h("summary", {}, h("span", {class: "chip"}, text("mail.automatic")), h("span", {class: "what", dir: "auto"}, head.subject || name || address), h("time", {datetime: message.at}, momentOf(message.at, text))),
    h("p", {class: "quiet"}, text("mail.automatic_say", {why: named(text, "mail.auto", head.automatic)})),
    card,
  );
}

/** From, to, when, and how far the sender is to be believed. @param {Bubbles} bubbles @param {Message} message @param {LetterHead | null} head */
function headOfCard({text, open}, message, head) {
  const from = message.author === "customer" ? parted(head?.sender) : {name: "", address: ""};
  const name = message.author !== "customer" ? message.name || text(`author.${message.author}`) : from.name || from.address || (open.session ? customerOf(open.desk, text, open.session) : text("customer"));
  const to = message.author === "customer" ? (head?.to ?? []) : (open.letter?.to ?? []).map((one) => (one.name ? `${one.name} <${one.address}>` : one.address));
  const at = head?.date ?? message.at;
  return h(
    "header",
    {class: "letter-head"},
    h("span", {class: "letter-initial", "aria-hidden": "true"}, message.author === "bot" ? icon(SIGNS.robot) : [...name.trim()][0]?.toUpperCase() ?? "@"),
    h(
      "div",
      {class: "letter-who"},
      h("p", {class: "who"}, h("bdi", {}, name), from.name ? h("span", {class: "address", dir: "ltr"}, from.address) : null, message.author === "bot" ? h("span", {class: "tag"}, text("author.bot")) : null),
      h("p", {class: "letter-to"}, recipients(text, "mail.to", to), recipients(text, "mail.cc", head?.cc ?? [])),
    ),
    h("time", {datetime: at, title: new Date(at).toLocaleString(text.language, {dateStyle: "full", timeStyle: "short"})}, momentOf(at, text)),
    message.author === "customer" && head ? proof(text, head.proof ?? "") : null,
  );
}

/** @param {Say} text @param {string} label @param {string[]} mailboxes */
function recipients(text, label, mailboxes) {
  if (!mailboxes.length) return null;
  const all = mailboxes.map((one) => parted(one));
  const shown = all.slice(0, NAMED_COUNT).map(({name, address}) => h("bdi", {title: address}, name || address));
  const more = all.length - shown.length;
  const rest = more > 0 ? h("span", {title: all.slice(NAMED_COUNT).map(({address}) => address).join("\n")}, text("mail.more", {count: more})) : null;
  return h("span", {class: "letter-list"}, h("span", {class: "label"}, text(label)), ...shown.flatMap((one, index) => (index ? [text("comma"), one] : [one])), rest);
}

/** Whether the sender is who they say, and, where nothing says so, what that means. @param {Say} text @param {string} proof */
function proof(text, proof) {
  if (PROVEN.includes(proof)) return h("p", {class: "letter-proof proven"}, h("span", {class: "mark", title: text(`mail.proof_why.${proof}`)}, icon(SIGNS.shield), h("span", {}, text(`mail.proof.${proof}`))));
  if (!DOUBTFUL.includes(proof)) return null;
  const tone = proof === "failed" ? "bad" : "warn";
  const why = h("p", {class: "letter-why", hidden: true}, text(`mail.proof_why.${proof}`));
  const turn = () => ((why.hidden = !why.hidden), mark.setAttribute("aria-expanded", String(!why.hidden)));
  const mark = h("button", {type: "button", class: `mark ${tone}`, "aria-expanded": "false", onclick: turn}, icon(DRAWINGS.warn), h("span", {}, text(`mail.proof.${proof}`)));
  return h("div", {class: "letter-proof"}, mark, why);
}

/** The subject where it is news: the first mail's, and one that has changed. @param {Bubbles} bubbles @param {Message} message @param {LetterHead | null} head */
function subjectOf({text, open}, message, head) {
  const before = open.log.findLast((one) => one.seq < (message.seq || Infinity) && headOf(one)?.subject);
  const subject = head?.subject ?? "";
  const isKnown = before && bare(headOf(before)?.subject) === bare(subject);
  if (isKnown || (!subject && (!head || before))) return null;
  return h("h3", {class: "letter-subject", dir: "auto"}, subject || text("mail.no_subject"));
}

/** @param {Message} message @param {Say} text */
function words(message, text) {
  const said = wordsOf(message).trim();
  const isOurs = message.author !== "customer";
  const choices = message.parts.filter(({type}) => type === "choices" || type === "notice" || type === "pick");
  const made = h("div", {class: isOurs ? "letter-words md" : "letter-words", dir: "auto"}, isOurs ? null : plain(said), ...choices.map((part) => piece(part, message, /** @type {Around} */ ({text}))));
  if (isOurs) made.prepend(markdown(said));
  if (!isLong(said)) return made;
  made.classList.add("long");
  const more = h("button", {type: "button", class: "letter-all", "aria-expanded": "false", onclick: () => turn()}, text("mail.all"));
  const turn = () => {
    const isWhole = !made.classList.toggle("long");
    more.setAttribute("aria-expanded", String(isWhole));
    say(more, text(isWhole ? "about.less" : "mail.all"));
  };
  return h("div", {}, made, more);
}

/** @param {string} words */
const isLong = (words) => words.length + (words.match(/[\u2e80-\u9fff]/g)?.length ?? 0) > LONG_CHARS || words.split("\n").length > LONG_LINES;

/** What lies in it: pictures to be seen, papers to be saved, and what is kept from everybody. @param {Message} message @param {Around} around */
function files(message, around) {
  const parts = message.parts.filter(({type}) => type === "file" || type === "arriving");
  const items = parts.map((part) => h("li", {class: kindOf(part)}, part.type === "arriving" && part.failure === "held_back" ? heldBack(part, around.text) : part.type === "file" && !isShown(part) ? paper(part, around) : piece(part, message, around)));
  return h("ul", {class: "letter-files", "aria-label": around.text("mail.files", {count: parts.length}), hidden: !parts.length}, ...items);
}

/** @param {Part} part */
const kindOf = (part) => (part.type === "file" && isPicture(part.file.mime) ? "seen" : part.type === "arriving" && part.failure ? "gone" : "");

/** @param {Extract<Part, {type: "file"}>} part */
const isShown = ({file}) => isPicture(file.mime) || /^(audio|video)\//.test(file.mime);

/** @param {Extract<Part, {type: "file"}>} part @param {Around} around */
function paper({file}, around) {
  const href = `/desk/api/files/${encodeURIComponent(file.id)}?session=${encodeURIComponent(around.sessionId)}`;
  return h("a", {class: "letter-file", href, download: file.name}, h("span", {class: "kind", "aria-hidden": "true"}, ending(file.name)), h("span", {class: "with"}, h("bdi", {class: "name"}, file.name), h("small", {}, bytes(file.size_bytes))));
}

/** @param {Extract<Part, {type: "arriving"}>} part @param {Say} text */
function heldBack({name}, text) {
  return h("div", {class: "letter-file held"}, icon(DRAWINGS.shut), h("span", {class: "with"}, h("bdi", {class: "name"}, name || text("arriving.file")), h("small", {}, text("mail.held_back"))));
}

/** What a file's name says of it, in a few letters. @param {string} name */
const ending = (name) => (/\.([a-z0-9]{1,4})$/i.exec(name)?.[1] ?? "···").toUpperCase();
