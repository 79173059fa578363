/** @import {Desk} from "../desk.js" */
/** @import {LetterHead, Message} from "../shapes.js" */

/** Whether what is said on a channel goes by mail. @param {Desk} desk @param {string | undefined} channel */
export const goesByMail = (desk, channel) => Boolean(desk.settings.channels?.find(({name}) => name === channel)?.letters);

/** What heads a message that is a mail. @param {Message} message @returns {LetterHead | null} */
export function headOf({parts: [first]}) {
  return first?.type === "letter" ? first : null;
}

/** A subject without what programs put before it. @param {string | undefined} subject */
export const bare = (subject = "") => subject.replace(/^(?:\s*(?:re|aw|sv|fw|fwd|回复|回覆|答复|答覆|转发|轉寄)\s*(?:\[\d+\])?\s*[:：])+/i, "").trim();

/** A mail's words, without the subject that the bot is told them under. @param {Message} message */
export function wordsOf({parts}) {
  const words = parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
  const subject = parts[0]?.type === "letter" ? (parts[0].subject ?? "") : "";
  return told(words, subject) ?? told(words, bare(subject)) ?? words;
}

/** What stands behind the subject; null: it does not stand before it. @param {string} words @param {string} subject */
const told = (words, subject) => (subject && (words === subject || words.startsWith(`${subject}\n\n`)) ? words.slice(subject.length + 2) : null);

/** `客户 <customer@example.net>`: a name and an address. @param {string} [mailbox] */
export function parted(mailbox = "") {
  const found = /^(.*?)\s*<([^<>]*)>\s*$/.exec(mailbox);
  const name = (found?.[1] ?? "").replace(/^"(.*)"$/, "$1").trim();
  return found ? {name: name === found[2] ? "" : name, address: found[2].trim()} : {name: "", address: mailbox.trim()};
}
