/** @import {Conversation} from "./conversation.js" */
/** @import {Say} from "./texts.js" */
import {attribute, h, icon, ICONS, say} from "./dom.js";

const STARS = [1, 2, 3, 4, 5];

/** How it was: one to five stars and a few words, once the session is over. */
export class SurveyCard {
  #score = 0;
  #session = "";

  /** @param {Conversation} conversation @param {Say} text @param {() => void} done */
  constructor(conversation, text, done) {
    this.conversation = conversation;
    this.text = text;
    this.done = done;
    this.question = h("p", {id: "fd-survey"});
    this.stars = STARS.map((score) =>
      h("button", {type: "button", role: "radio", "aria-label": text("stars", {n: score}), onclick: () => this.#pick(score),
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event, score)}, icon(ICONS.star)),
    );
    this.comment = h("textarea", {rows: 2, maxlength: 1000, "aria-label": text("comment"), placeholder: text("comment")});
    this.rest = h(
      "div",
      {class: "rest", hidden: true},
      this.comment,
      h("button", {type: "button", class: "primary", onclick: () => this.#rate()}, text("rate")),
    );
    this.skip = h("button", {type: "button", class: "quiet", onclick: () => this.#close("")}, text("skip"));
    this.row = h("div", {class: "stars", role: "radiogroup", "aria-labelledby": "fd-survey"}, ...this.stars);
    this.element = h("section", {class: "card survey", hidden: true}, this.question, this.row, this.rest, this.skip);
    /** Says for the ear that something is asked, and for everybody that it was taken. */
    this.news = h("p", {role: "status"});
    this.elements = [this.element, this.news];
  }

  render() {
    const {survey} = this.conversation;
    this.element.hidden = !survey;
    if (this.conversation.outbox.size) say(this.news, "");
    if (!survey || this.#session === survey.session) return;
    this.#session = survey.session;
    this.#score = 0;
    const question = survey.text || this.text("survey");
    say(this.question, question);
    this.#tell(question, "hidden");
    this.#show();
  }

  /** @param {number} score */
  #pick(score) {
    this.#score = score;
    this.#show();
  }

  #show() {
    this.stars.forEach((star, index) => {
      attribute(star, "aria-checked", String(index + 1 === this.#score));
      attribute(star, "tabindex", index + 1 === Math.max(1, this.#score) ? 0 : -1);
      star.classList.toggle("on", index < this.#score);
    });
    this.rest.hidden = !this.#score;
  }

  /** Arrows move inside a group of radio buttons. @param {KeyboardEvent} event @param {number} score */
  #key(event, score) {
    const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
    if (!step) return;
    event.preventDefault();
    const next = Math.min(5, Math.max(1, score + step));
    this.#pick(next);
    this.stars[next - 1].focus();
  }

  #rate() {
    this.conversation.rate(this.#score, this.comment.value.trim());
    this.comment.value = "";
    this.#close(this.text("thanks"));
  }

  /** @param {string} words */
  #close(words) {
    this.conversation.survey = null;
    this.element.hidden = true;
    this.#tell(words, "note");
    this.done();
  }

  /** @param {string} words @param {string} look */
  #tell(words, look) {
    this.news.className = look;
    say(this.news, words);
  }
}
