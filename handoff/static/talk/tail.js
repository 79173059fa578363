/** @import {Conversation} from "../conversation.js" */
/** @import {Desk} from "../desk.js" */
/** @import {Unsent} from "../outbox.js" */
/** @import {Bubbles} from "./bubbles.js" */
/** @import {Fate} from "./fates.js" */
/** @import {Line} from "./story.js" */
/** @import {Message} from "../shapes.js" */
import {h} from "/static/dom.js";

/**
 * What the agent has said and the server has not confirmed, below everything else. A reply that is on record goes over into the log as
 * the same element: nothing jumps, and nothing flashes.
 */
export class Tail {
  /** @type {Map<string, HTMLElement>} */ #shown = new Map();

  /** @param {Desk} desk @param {Conversation} open @param {Bubbles} bubbles */
  constructor(desk, open, bubbles) {
    this.desk = desk;
    this.open = open;
    this.bubbles = bubbles;
    this.day = h("div", {hidden: true}, bubbles.day(new Date().toISOString()));
    this.rows = h("div", {});
    this.element = h("div", {class: "log tail"}, this.day, this.rows);
  }

  /** Shows the replies on their way; whether there are more than before. @param {Line | null} last the line above */
  render(last) {
    const entries = this.open.outbox.entries.filter(({cid}) => !this.open.record.hasCid(cid));
    let isMore = false;
    for (const [cid, element] of this.#shown) {
      if (entries.some((entry) => entry.cid === cid)) continue;
      element.remove();
      this.#shown.delete(cid);
    }
    let joins = last?.speaker.startsWith(`agent/${this.desk.agent?.id ?? ""}/`) && Date.now() - last.atMs < 300_000 && last.day === new Date().toDateString();
    this.day.hidden = !entries.length || last?.day === new Date().toDateString();
    if (last) this.bubbles.stand(last.element ?? h("p", {}), {...last.stand, last: last.stand.last && !(joins && entries.length)});
    entries.forEach((entry, index) => {
      const stand = {first: !joins, last: index === entries.length - 1};
      joins = true;
      let element = this.#shown.get(entry.cid);
      if (!element) {
        element = this.bubbles.unsent(entry, stand);
        this.#shown.set(entry.cid, element);
        isMore = true;
      }
      this.bubbles.stand(element, stand);
      this.bubbles.unsentFated(element, entry, this.#fate(entry));
      if (this.rows.children[index] !== element) this.rows.insertBefore(element, this.rows.children[index] ?? null);
    });
    return isMore;
  }

  /** Hands a reply's element over to its line in the log. @param {Line} line @param {(message: Message) => Fate} fateOf */
  give(line, fateOf) {
    const element = this.#shown.get(line.key);
    const {message} = line;
    if (!element || !message) return;
    this.#shown.delete(line.key);
    element.dataset.seq = String(message.seq);
    line.element = element;
    this.bubbles.fated(element, fateOf(message), message);
    this.bubbles.stand(element, line.stand);
  }

  forget() {
    for (const element of this.#shown.values()) element.remove();
    this.#shown.clear();
  }

  /** @param {Unsent} entry @returns {Fate} */
  #fate(entry) {
    if (entry.problem) return "failed";
    return this.open.outbox.isWaiting || !this.desk.line.isOnline ? "kept" : "sending";
  }
}
