/** @import {Conversation} from "../conversation.js" */
/** @import {Desk} from "../desk.js" */
/** @import {Message} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {h, icon} from "/static/dom.js";
import {styles} from "../pages.js";

const BOOK = "M5 5.5A1.5 1.5 0 0 1 6.5 4H19v13H6.5A1.500 1.500 0 0 0 5 18.500zM5 18.500A1.500 1.500 0 0 0 6.500 20H19M12 7.500v6M9 10.500h6";

/**
 * Takes a customer's question into the knowledge base: a small dialog with the entries that it may belong to. Fetched when it is first asked for.
 * @param {Desk} desk @param {Say} text @param {Conversation} open @param {Message | null} message null: what they came for
 */
export async function teach(desk, text, open, message) {
  const [{ask}] = await Promise.all([import("../knowledge/add.js"), styles("knowledge/add.css")]);
  if (!document.querySelector("dialog[open]")) ask(desk, text, open, message);
}

/** The way there from a customer's words. By keyboard it goes by a command: a stop at each of thousands of bubbles would be in the way. @param {Say} text @param {() => void} act */
export const teachButton = (text, act) => h("button", {type: "button", class: "teach", tabindex: -1, "aria-label": text("teach"), title: text("teach"), onclick: act}, icon(BOOK));
