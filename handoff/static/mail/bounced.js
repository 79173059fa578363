/** @import {Conversation} from "../conversation.js" */
/** @import {Say} from "../words.js" */
import {h, icon} from "/static/dom.js";
import {fill} from "../parts.js";
import {DRAWINGS} from "../talk/drawings.js";
import {reasonOf} from "./bounces.js";

/** Over the composer, where the newest mail of ours came back: nobody writes on as if it had arrived. */
export class Bounced {
  /** @param {Say} text @param {Conversation} open */
  constructor(text, open) {
    this.text = text;
    this.open = open;
    this.element = h("div", {class: "bounced", role: "status"});
  }

  render() {
    const {text, open} = this;
    const newest = open.letter && !open.problem ? open.log.findLast(({author}) => author === "agent") : null;
    const isBack = newest?.status === "failed";
    const make = () => h("p", {}, icon(DRAWINGS.warn), h("span", {}, h("b", {}, text("mail.bounced")), " ", reasonOf(text, newest?.trouble)));
    fill(this.element, isBack ? [{key: "bounced", sign: `${newest.seq}/${newest.trouble?.code}`, make}] : []);
  }
}
