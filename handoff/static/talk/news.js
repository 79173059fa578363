/** @import {Conversation} from "../conversation.js" */
/** @import {Say} from "../words.js" */
/** @import {Line} from "./story.js" */
import {h} from "/static/dom.js";
import {customerOf} from "../called.js";
import {shortly} from "../words.js";

const KEPT_COUNT = 3;

/**
 * What came while somebody looked elsewhere: counted, and read aloud by a screen reader. The log itself announces nothing, since most of
 * what is put into it is old: pages from further up, and what is built again when it comes into sight.
 */
export class News {
  count = 0;

  /** @param {Say} text @param {Conversation} open */
  constructor(text, open) {
    this.text = text;
    this.open = open;
    this.element = h("div", {class: "hidden", "aria-live": "polite"});
  }

  /** @param {Line[]} lines @param {boolean} isAtEnd */
  heard(lines, isAtEnd) {
    for (const {message} of lines) {
      if (!message || message.author === "agent") continue;
      const name = message.author === "customer" && this.open.session ? customerOf(this.open.desk, this.text, this.open.session) : this.text(`author.${message.author}`);
      this.element.append(h("p", {}, message.author === "system" ? message.text : this.text("news", {name, words: shortly(this.text, message.text)})));
      if (!isAtEnd && message.author === "customer") this.count++;
    }
    while (this.element.childElementCount > KEPT_COUNT) this.element.firstElementChild?.remove();
  }

  seen() {
    this.count = 0;
  }
}
