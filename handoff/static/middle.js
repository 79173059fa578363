/** @import {Conversation} from "./conversation.js" */
/** @import {Desk} from "./desk.js" */
/** @import {Say} from "./words.js" */
import {h, icon} from "/static/dom.js";
import {callNow, mayCall} from "./call/back.js";
import {Composer} from "./composer.js";
import {fill, ICONS} from "./parts.js";
import {HOME} from "./place.js";
import {Head} from "./talk/head.js";
import {Looking} from "./talk/looking.js";
import {teach} from "./talk/teach.js";
import {Transcript} from "./transcript.js";
import {trouble} from "./words.js";

/** The middle pane: one conversation with everything that can be done in it, or why there is none. */
export class Middle {
  /** @type {{conversation: Conversation, composer: Composer, parts: {render: () => void, stop?: () => void}[], knowsChannels: boolean} | null} */ #shown = null;
  #built = 0;
  #wasMine = false;

  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
    this.element = h("section", {class: "pane middle", "aria-label": text("conversation")});
    const isComing = () => Boolean(desk.open && !desk.open.session);
    desk.commands.register({id: "talk.reply", title: text("command.reply"), group: "conversation", keys: "r", when: isComing, run: () => desk.open?.awaited()});
  }

  render() {
    const {open} = this.desk;
    const isKept = this.#shown?.conversation === open; // one that is gone stays as it was, with the reason
    if (!open || (!isKept && (!open.session || open.problem))) return this.#empty(open);
    const isUnnamed = Boolean(open.session?.customer_tag) && !this.#shown?.knowsChannels && this.desk.isLoaded; // built before it was known what channel this is
    if (!isKept || isUnnamed) this.#build(open);
    for (const part of this.#shown?.parts ?? []) part.render();
    if (open.isMine && !this.#wasMine && document.activeElement === document.body) this.#ready(); // accepted here: the button that had the focus is gone
    this.#wasMine = open.isMine;
  }

  stop() {
    for (const part of this.#shown?.parts ?? []) part.stop?.();
    this.#shown = null;
  }

  /** @param {Conversation | null} open */
  #empty(open) {
    this.stop();
    const {text} = this;
    this.element.classList.add("vacant");
    const words = open?.problem ? (open.problem.status === 404 ? text("gone") : trouble(text, open.problem)) : open ? text("loading") : text("nothing");
    const make = () => h("div", {class: "nothing", role: open?.problem ? "alert" : null}, icon(ICONS.note), h("p", {}, words), open ? h("a", {class: "button back", href: HOME}, text("back")) : null);
    fill(this.element, [{key: "nothing", sign: words, make}]);
  }

  /** @param {Conversation} open */
  #build(open) {
    this.stop();
    this.element.classList.remove("vacant");
    const {desk, text} = this;
    const looking = new Looking(desk, text, open);
    const head = new Head(desk, text, open, looking);
    const transcript = new Transcript(desk, text, open);
    const composer = new Composer(desk, text, open, {sent: () => transcript.toEnd(), writes: (isOn) => looking.writes(isOn)});
    const forget = [desk.commands.register(...commands(composer, transcript, text, open)), desk.commands.source(savedReplies(composer))];
    const stops = {render: () => {}, stop: () => forget.forEach((one) => one())};
    this.#shown = {conversation: open, composer, parts: [head, transcript, composer, looking, stops], knowsChannels: desk.isLoaded};
    const talk = h("div", {class: "talk", "data-session": open.id}, head.element, transcript.element, composer.element);
    dropped(talk, (files) => composer.attach(files), () => composer.canReply);
    fill(this.element, [{key: "talk", sign: `${open.id}/${++this.#built}`, make: () => talk}]);
    transcript.toEnd();
    this.#wasMine = open.isMine;
    this.#ready();
  }

  /** The cursor stands where one writes. */
  #ready() {
    const {conversation, composer} = this.#shown ?? {};
    if (matchMedia("(min-width: 760px)").matches && conversation?.isMine && !conversation.isBrowsed && !composer?.isMail) composer?.focus(); // a mail is read first
  }
}

/** What the keyboard and the palette can do here. @param {Composer} composer @param {Transcript} transcript @param {Say} text @param {Conversation} open */
const commands = (composer, transcript, text, open) => [
  {id: "talk.reply", title: text("command.reply"), group: "conversation", keys: "r", when: () => composer.canReply, run: () => composer.turn(false)},
  {id: "talk.note", title: text("command.note"), group: "conversation", keys: "n", when: () => !open.problem, run: () => composer.turn(true)},
  {id: "talk.canned", title: text("canned.open"), group: "replies", when: () => composer.canReply, run: () => (composer.turn(false), composer.menu.open())},
  {id: "talk.keep_reply", title: text("canned.save"), group: "replies", run: () => void composer.keepReply()},
  {id: "talk.attach", title: text("file.attach"), group: "conversation", when: () => composer.canReply && composer.limits.fileMaxBytes > 0, run: () => composer.picker.click()},
  {id: "talk.notice", title: text("notice.send"), group: "conversation", when: () => open.isMine && composer.limits.hasNotices, run: () => void composer.sendNotice()},
  {id: "talk.reach", title: text("reach"), group: "conversation", when: () => open.isMine && Boolean(open.window || open.call), run: () => void composer.reachElsewhere()},
  {id: "talk.call", title: text("call.now"), group: "conversation", words: "call phone", when: () => mayCall(open), run: () => void callNow(text, open, composer.callLine.said)},
  {id: "talk.teach", title: text("teach"), group: "conversation", keys: "shift+k", words: "knowledge", when: () => open.log.some((one) => one.author === "customer" && one.text), run: () => void teach(open.desk, text, open, null)},
  {id: "talk.newest", title: text("newest"), group: "conversation", run: () => transcript.toEnd()},
];

/** The palette finds the canned replies themselves: what is chosen there stands in the field. @param {Composer} composer @returns {import("./commands.js").Source} */
const savedReplies = (composer) => ({
  id: "talk.replies",
  group: "replies",
  find: (query) => {
    const {menu} = composer;
    const entries = () =>
      menu.matching(query).map(({reply, words}) => ({
        id: `canned.${reply.id}`, title: reply.title, group: "replies", words: query, note: `/${reply.shortcut}  ${words.replace(/\s+/g, " ").slice(0, 120)}`, run: () => composer.use(words),
      }));
    if (!composer.canReply) return [];
    const reading = menu.canned.read(); // begun as soon as the palette opens: what comes late is not chosen
    return !query ? [] : menu.canned.isRead ? entries() : reading.then(entries);
  },
});

/** Files may be dropped anywhere on the conversation. @param {HTMLElement} element @param {(files: File[]) => void} take @param {() => boolean} isWanted */
function dropped(element, take, isWanted) {
  const isFiles = (/** @type {DragEvent} */ event) => Boolean(event.dataTransfer?.types.includes("Files")) && isWanted();
  const mark = (/** @type {boolean} */ isOver) => element.classList.toggle("dropping", isOver);
  element.addEventListener("dragover", (event) => isFiles(event) && (event.preventDefault(), mark(true)));
  element.addEventListener("dragleave", (event) => !element.contains(/** @type {Node | null} */ (event.relatedTarget)) && mark(false));
  element.addEventListener("drop", (event) => {
    mark(false);
    if (!isFiles(event)) return;
    event.preventDefault();
    take([...(event.dataTransfer?.files ?? [])]);
  });
}
