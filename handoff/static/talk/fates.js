/** @import {Conversation} from "../conversation.js" */
/** @import {Message} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {h, icon, say} from "/static/dom.js";
import {Problem} from "../api.js";
import {isLater, mailNow} from "../mail/bounces.js";
import {isLetter} from "../mail/letter.js";
import {button} from "../parts.js";
import {trouble} from "../words.js";
import {DRAWINGS} from "./drawings.js";

/**
 * How far a message to the customer has come. `delivered` and `read` are only said where the channel tells; what is not yet there, or never
 * came, is always said. `kept` has not left this browser; what `waits` is on record, and goes out with the customer's next message.
 * Of a mail also that it is `delayed` (the other server takes it later), or has `bounced`.
 * @typedef {"delayed" | "bounced" | "sending" | "kept" | "waits" | "withdrawn" | "silenced" | "failed" | "refused" | "uncertain" | "pending" | "sent" | "delivered" | "read" | ""} Fate
 */
const ALOUD = ["failed", "uncertain", "pending"];
/** Those after which there is something to do. */
const LOUD = ["failed", "refused", "uncertain", "waits"];

/** What became of a message. @param {Message} message @param {number} readSeq how far the customer has read @param {boolean} [isMail] @returns {Fate} */
export function fateOf({author, status, seq, trouble: why}, readSeq, isMail = false) {
  if (isMail && author !== "customer" && author !== "system") {
    if (status === "failed") return "bounced";
    if ((status === "pending" && why) || (status === "sent" && why && isLater(why))) return "delayed";
  }
  if (author === "customer" || author === "system") return "";
  if (status === "kept") return "waits";
  if (status === "refused") return why?.code === "withdrawn" ? "withdrawn" : author === "agent" ? "refused" : "silenced";
  if (author === "bot") return status === "failed" || status === "uncertain" ? status : "";
  if (ALOUD.includes(status)) return /** @type {Fate} */ (status);
  if (status === "read" || readSeq >= seq) return "read";
  return status === "delivered" ? "delivered" : "sent";
}

/** Why it has not arrived, and what can be done now; null where all is well. @param {Say} text @param {Conversation} open @param {Fate} fate @param {Message} message */
export function whatNow(text, open, fate, message) {
  if (isLetter(open, message) && fate !== "refused" && fate !== "waits") return mailNow(text, open, fate, message);
  if (!LOUD.includes(fate)) return null;
  const code = message.trouble?.code ?? "";
  const reason = code && text.has(`code.${code}`) ? text(`code.${code}`) : fate === "failed" && code ? text("fate.code", {code}) : "";
  const words = [reason, text.has(`now.${fate}`) ? text(`now.${fate}`) : ""].filter(Boolean).join(text.language.startsWith("zh") ? "" : " ");
  const said = h("p", {class: "wrong", role: "alert"});
  const deed = !open.isMine ? null : fate === "waits" ? withdrawal(text, open, message, said) : isWords(message) ? button(text("fate.again"), () => open.outbox.put(message.text), {kind: "small", act: "again"}) : null;
  if (!words && !deed) return null;
  return h("div", {class: "trouble", "data-fate": fate}, words ? h("p", {}, icon(DRAWINGS[fate === "waits" ? "clock" : "warn"]), h("span", {}, words)) : null, deed ? h("div", {class: "buttons"}, deed) : null, said);
}

/** What can be said again as it was: a form or a file goes out by its own dialog. @param {Message} message */
const isWords = ({parts}) => parts.length > 0 && parts.every(({type}) => type === "text");

/** @param {Say} text @param {Conversation} open @param {Message} message @param {Element} said */
function withdrawal(text, open, message, said) {
  const withdraw = async () => {
    try {
      await open.act(`messages/${message.seq}/withdraw`);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(said, trouble(text, error));
    }
  };
  return button(text("withdraw"), () => void withdraw(), {kind: "small", act: "withdraw"});
}
