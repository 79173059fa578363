/** @import {Conversation} from "../conversation.js" */
/** @import {Message} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {h, icon} from "/static/dom.js";
import {fill} from "../parts.js";
import {addressOf, searchOf} from "../place.js";
import {SIGNS} from "./signs.js";

/** Under the head of a conversation that was begun beside another: somebody else wrote on that thread, and may neither see nor join it. */
export class Beside {
  /** @param {Say} text @param {Conversation} open */
  constructor(text, open) {
    this.text = text;
    this.open = open;
    this.element = h("div", {class: "beside-line"});
  }

  render() {
    const {text, open} = this;
    const {beside} = open;
    const make = () =>
      h(
        "p",
        {role: "note"},
        icon(SIGNS.beside),
        h("span", {}, h("b", {}, text("mail.beside")), " ", text("mail.beside_say")),
        beside?.session_id ? h("a", {class: "button small", href: addressOf(beside.session_id)}, text("mail.beside_open")) : null,
      );
    fill(this.element, beside && !open.problem ? [{key: "beside", sign: `${beside.session_id}`, make}] : []);
  }
}

/** The way from a conversation to that of somebody else who wrote on its thread. @param {Say} text @param {Message} message */
export const stranger = (text, {why}) => (why.what === "mail_stranger" && why.who ? h("a", {href: searchOf(why.who)}, text("mail.find_stranger")) : null);
