/** @import {Conversation} from "../conversation.js" */
/** @import {Say} from "../words.js" */
import {attribute, say} from "/static/dom.js";
import {Problem} from "../api.js";
import {button} from "../parts.js";
import {named, trouble} from "../words.js";
import {SIGNS} from "./signs.js";
import {standOf} from "./stage.js";

/** Whether this agent can have the customer called from here now. @param {Conversation} open */
export const mayCall = (open) => Boolean((open.isMine || open.isWrappingUp) && open.call?.back.may && standOf(open.call) !== "calling");

/** Why they can't be called, as a part of a line. @param {Say} text @param {string} why */
export const refusal = (text, why) => (why ? named(text, "error", why).replace(/[。.]$/, "") : "");

/** Has the customer called: the agent's own phone rings first. What stands in the way is said. @param {Say} text @param {Conversation} open @param {Element} said */
export async function callNow(text, open, said) {
  say(said, "");
  try {
    await open.act("call");
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    say(said, trouble(text, error));
    return false;
  }
}

/** The button for it; while it is underway a second press does nothing. @param {Say} text @param {Conversation} open @param {Element} said @param {string} [kind] */
export function callButton(text, open, said, kind = "primary small") {
  let isUnderway = false;
  const press = async () => {
    if (isUnderway) return;
    isUnderway = true;
    attribute(made, "aria-busy", "true");
    await callNow(text, open, said).finally(() => {
      isUnderway = false;
      attribute(made, "aria-busy", null);
    });
  };
  const made = button(text("call.now"), () => void press(), {kind, drawing: SIGNS.phone, act: "call-now"});
  made.title = text(open.call?.speaks === "phone" ? "call.now_say" : "call.now_aloud");
  return made;
}
