/** @import {Conversation} from "../conversation.js" */
/** @import {Message} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {h, icon} from "/static/dom.js";
import {momentOf} from "../moments.js";
import {button} from "../parts.js";
import {DRAWINGS} from "../talk/drawings.js";
import {headOf} from "./kind.js";

/** What other servers mean by their codes (RFC 3463, RFC 5321), as far as somebody can do something about it; the first that fits. @type {[RegExp, string][]} */
const MEANINGS = [
  [/\bsuppressed\b/, "suppressed"],
  [/\b5\.1\.(?:1|2|3|6|10)\b|\b(?:550|551|553)\b(?! 5\.7)|user unknown|no such user|does ?n.t exist/i, "address"],
  [/\b[45]\.2\.2\b|\b(?:452|552)\b|mailbox full|over ?quota/i, "full"],
  [/\b5\.3\.4\b|\b5\.2\.3\b|\btoo (?:large|big)\b/i, "size"],
  [/\b5\.7\.\d+\b|\b554\b|spam|blocked|blacklist/i, "policy"],
  [/\b4\.7\.\d+\b|\b451\b|greylist/i, "later"],
  [/\b4\.4\.\d+\b|\b4\.[0-35-6]\.\d+\b|\b4\d\d\b|timed? ?out/i, "unreachable"],
];

/** What other servers said of a mail, as a word of ours. @param {{code: string, detail: string} | null | undefined} trouble */
export function meaningOf(trouble) {
  const words = trouble ? `${trouble.code} ${trouble.detail}` : "";
  return MEANINGS.find(([sign]) => sign.test(words))?.[1] ?? "other";
}

/** What another server has not taken yet, and goes on trying. @param {NonNullable<Message["trouble"]>} trouble */
export const isLater = ({code, detail}) => code === "delayed" || /\b4\.\d{1,3}\.\d{1,3}\b/.test(detail);

/** Who of several did not get it, and why: `boss@example.net (user_unknown); ...`. @param {Say} text @param {string} detail */
const refused = (text, detail) => [...detail.matchAll(/([^\s;]+@[^\s;]+) \((\w+)\)/g)].map(([, address, code]) => [address, text.has(`code.${code}`) ? text(`code.${code}`) : code].join(text("mail.colon"))).join(" ");

/** What our own table of codes says. @param {Say} text @param {Message["trouble"]} trouble */
const coded = (text, trouble) => (trouble?.code && text.has(`code.${trouble.code}`) ? text(`code.${trouble.code}`) : "");

/** Why a mail did not arrive, and what can be done. @param {Say} text @param {Message["trouble"]} trouble */
function reasonOf(text, trouble) {
  const meaning = meaningOf(trouble);
  const todo = text(text.has(`mail.todo.${meaning}`) ? `mail.todo.${meaning}` : "mail.todo.other");
  const ours = coded(text, trouble);
  return ours && meaning === "other" ? ours : [ours || text(`mail.why.${meaning}`), todo].join(text.language.startsWith("zh") ? "" : " ");
}

/** The other server's own words, without what our delivery puts before them. @param {string} detail */
const spoken = (detail) => detail.replace(/^(?:(?:part \d+ of \d+|delayed|bounced|failed):\s*)+/, "").trim();

/**
 * What became of a mail that did not simply arrive, and what can be done now; null where all is well.
 * @param {Say} text @param {Conversation} open @param {string} fate @param {Message} message
 */
export function mailNow(text, open, fate, message) {
  const {trouble} = message;
  const isBad = fate === "bounced" || fate === "failed" || fate === "uncertain";
  if (!isBad && fate !== "delayed" && !(fate === "sent" && trouble?.detail)) return null;
  const meaning = meaningOf(trouble);
  const words = /** @type {Record<string, string[]>} */ ({
    delayed: [coded(text, trouble) || text(`mail.why.${meaning === "later" ? "later" : "unreachable"}`), trouble?.until ? text("mail.next_try", {at: momentOf(trouble.until, text)}) : text("mail.goes_on")],
    sent: [text("mail.partly"), refused(text, trouble?.detail ?? "")],
    uncertain: [text("now.uncertain")],
  })[fate] ?? [reasonOf(text, trouble)];
  const quoted = spoken(trouble?.detail ?? "");
  const again = isBad && open.isMine && message.text ? button(text("fate.again"), () => open.outbox.put(message.text, [], letterAgain(message)), {kind: "small", act: "again"}) : null;
  return h(
    "div",
    {class: "trouble", "data-fate": fate},
    h("p", {}, icon(DRAWINGS[fate === "delayed" ? "clock" : "warn"]), h("span", {}, words.filter(Boolean).join(text.language.startsWith("zh") ? "" : " "))),
    quoted ? h("details", {class: "server-said"}, h("summary", {}, text("mail.server_said")), h("p", {class: "code", dir: "auto"}, quoted)) : null,
    again ? h("div", {class: "buttons"}, again) : null,
  );
}

/** What headed a mail heads it again. @param {Message} message */
function letterAgain(message) {
  const head = headOf(message);
  return head ? {subject: head.subject ?? "", cc: head.cc ?? []} : undefined;
}
