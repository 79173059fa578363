/** @import {Account, Act, Chat, Push, View} from "./platform.js" */
/** @import {Say} from "./texts.js" */
import {h, say} from "/static/dom.js";
import {ask} from "./asking.js";
import {clock} from "./bubbles.js";
import {scanning} from "./composer.js";
import {TEXTS} from "./texts.js";

const NAMES = {"zh-CN": "简体中文", "zh-TW": "繁體中文", en: "English"};
const SPANS = {minute: 60, hour: 3600, days: 48 * 3600};

/** Beside the phone: whose it is, the time, what goes wrong, what the platform has seen. */
export class Controls {
  /** @param {Say} text @param {string} language @param {Act} act @param {{choose: (account: string, phone: string) => void, speak: (language: string) => void}} to */
  constructor(text, language, act, to) {
    this.text = text;
    this.language = language;
    this.act = act;
    this.to = to;
    this.phones = h("div", {class: "phones"});
    this.now = h("p", {class: "now"});
    this.left = h("p", {class: "left", role: "status"});
    this.said = h("p", {class: "quiet", role: "status"});
    this.faults = h("select", {id: "fault"});
    this.pushFaults = h("select", {id: "push-fault"});
    this.log = h("ol", {class: "pushes"});
    this.deeds = h("div", {class: "buttons"});
    this.desk = h("a", {class: "button", target: "_blank", rel: "noopener", hidden: true}, text("desk"));
    this.element = h("aside", {class: "controls", id: "controls", "aria-label": text("controls")},
      h("h2", {}, text("controls")),
      h("div", {class: "row"}, this.#languages(), this.desk),
      section(text("followers"), this.phones, this.deeds),
      section(text("clock"), this.now, this.left, h("div", {class: "buttons"}, ...this.#spans())),
      section(text("faults"), ...this.#fault("fault", "fault_next", this.faults), ...this.#fault("push_fault", "fault_push", this.pushFaults), this.said),
      section(text("log"), this.log));
  }

  /** @param {View} view @param {Account} account @param {Chat} chat */
  show(view, account, chat) {
    const {text, language} = this;
    this.account = account.id;
    this.scenes = chat.scenes;
    say(this.now, new Intl.DateTimeFormat(language, {dateStyle: "medium", timeStyle: "short", hourCycle: "h23"}).format(new Date(view.now)));
    say(this.left, chat.left && chat.until ? text("left", {count: chat.left, when: clock(chat.until, language)}) : text("none"));
    this.desk.hidden = !view.desk;
    if (view.desk) this.desk.href = view.desk;
    fill(this.faults, view.faults, (name) => text(`fault_${name}`));
    fill(this.pushFaults, view.push_faults, (name) => text(`fault_${name}`));
    this.#people(view, chat);
    this.#does(chat);
    this.log.replaceChildren(...(chat.pushes.length ? chat.pushes.toReversed().map((push) => this.#push(push)) : [h("li", {class: "quiet"}, text("no_log"))]), ...this.#refused(chat));
  }

  /** @param {View} view @param {Chat} chat */
  #people(view, chat) {
    const {text} = this;
    const marks = JSON.stringify([view.accounts.map((one) => [one.id, one.phones]), chat.account, chat.phone]);
    if (marks === this.marks) return;
    this.marks = marks;
    const focused = document.activeElement?.getAttribute("data-phone");
    this.phones.replaceChildren(...view.accounts.map((account) => h("div", {class: "account", role: "group", "aria-label": account.name},
      h("h4", {}, account.name, h("small", {class: "quiet"}, ` ${account.mode} · ${account.style}`)),
      ...account.phones.map((phone) => h("button", {
        type: "button", class: "person", "data-phone": `${account.id}/${phone.id}`, "aria-pressed": String(account.id === chat.account && phone.id === chat.phone),
        onclick: () => this.to.choose(account.id, phone.id),
      }, text("follower", {name: phone.name}), !phone.is_following && h("small", {class: "quiet"}, text("unknown")))),
      h("button", {type: "button", class: "button small", onclick: () => void this.act({deed: "newcomer", account: account.id})}, text("newcomer")))));
    if (focused) /** @type {HTMLElement | null} */ (this.phones.querySelector(`[data-phone="${CSS.escape(focused)}"]`))?.focus();
  }

  /** What the user may do that is no message. @param {Chat} chat */
  #does(chat) {
    const {text} = this;
    const marks = [chat.is_following, chat.has_blocked, chat.is_muted].join();
    if (this.deeds.dataset.marks === marks) return;
    this.deeds.dataset.marks = marks;
    const button = (/** @type {string} */ deed, /** @type {boolean | null} */ isOn) =>
      h("button", {type: "button", class: "button small", "aria-pressed": isOn === null ? null : String(isOn), onclick: () => void this.act({deed})}, text(deed));
    this.deeds.replaceChildren(...(chat.is_following
      ? [button("unfollow", null), button("block", chat.has_blocked), button("mute", chat.is_muted)]
      : [button("follow", null), h("button", {type: "button", class: "button small", onclick: () => void this.#scan()}, text("scan"))]));
  }

  async #scan() {
    const given = await ask(this.text, this.text("scan"), scanning(this.text, this.scenes ?? []));
    if (given) await this.act({deed: "scan", text: given.pick || given.text});
  }

  #languages() {
    const select = h("select", {"aria-label": this.text("language"), onchange: () => this.to.speak(select.value)},
      ...Object.keys(TEXTS).map((one) => h("option", {value: one, lang: one, selected: one === this.language}, NAMES[/** @type {"en"} */ (one)])));
    return select;
  }

  #spans() {
    return Object.entries(SPANS).map(([name, seconds]) => h("button", {type: "button", class: "button small", onclick: () => void this.act({deed: "advance", seconds})}, this.text("advance", {span: this.text(name)})));
  }

  /** @param {string} deed @param {string} label @param {HTMLSelectElement} select */
  #fault(deed, label, select) {
    const set = async () => {
      const why = await this.act({deed, fault: select.value, account: this.account});
      if (!why) say(this.said, this.text("fault_is_set", {name: this.text(`fault_${select.value}`)}));
    };
    return [h("label", {for: select.id}, this.text(label)), h("div", {class: "row"}, select, h("button", {type: "button", class: "button small", onclick: () => void set()}, this.text("fault_set")))];
  }

  /** @param {Push} push */
  #push(push) {
    const ways = push.attempts.map((one) => h("span", {class: `way ${one.outcome}`, title: one.why || null}, `${this.text(`attempt_${one.outcome}`)} ${one.took_s.toFixed(1)} s`));
    return h("li", {}, h("b", {}, push.what), " ", ...ways);
  }

  /** @param {Chat} chat */
  #refused(chat) {
    return chat.refusals.toReversed().map((one) => h("li", {class: "bad"}, this.text(one.code === -2 ? "cut" : "refused", {name: one.name, code: one.code})));
  }

  /** @type {string} */
  account = "";
  /** @type {Chat["scenes"] | undefined} */
  scenes;
  marks = "";
}

/** @param {string} title @param {...Node} inner */
const section = (title, ...inner) => h("section", {}, h("h3", {}, title), ...inner);

/** @param {HTMLSelectElement} select @param {string[]} names @param {(name: string) => string} named */
function fill(select, names, named) {
  if (select.options.length === names.length) return;
  select.replaceChildren(...names.map((name) => h("option", {value: name}, named(name))));
}
