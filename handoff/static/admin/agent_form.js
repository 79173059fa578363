/** @import {Desk} from "../desk.js" */
/** @import {Account} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {h, say} from "/static/dom.js";
import {copier} from "../about/facts.js";
import {Problem} from "../api.js";
import {button} from "../parts.js";
import {trouble} from "../words.js";
import {AgentFields} from "./agent_fields.js";
import {ask, panelHead} from "./frame.js";
import {Form} from "./form.js";
import {newPassword} from "./password.js";

/** One account: what it may, whom it serves, how much it takes; its password; and whether it is open at all. */
export class AgentForm {
  /** @param {Desk} desk @param {Say} text @param {Account | null} account null: a new one @param {(saved: Account) => void} saved */
  constructor(desk, text, account, saved) {
    this.desk = desk;
    this.text = text;
    this.account = account;
    this.saved = saved;
    this.said = h("p", {class: "wrong", role: "alert"});
    this.element = h("div", {class: "panel-body"});
    this.form = this.#build();
  }

  get isDirty() {
    return this.form.isDirty;
  }

  focus() {
    const first = /** @type {HTMLElement | null} */ (this.element.querySelector("input:not([disabled])"));
    first?.focus({preventScroll: true});
  }

  #build() {
    const {desk, text, account} = this;
    const fields = new AgentFields(desk, text, account);
    const form = new Form(text, {name: text(account ? "agents.edit" : "agents.add"), read: () => fields.value, check: () => fields.check(), save: (value) => this.#save(value), act: text(account ? "form.save" : "agents.create")});
    form.revert = () => (fields.fill(this.account), form.touched());
    fields.place(form);
    form.settle();
    this.element.replaceChildren(panelHead(text, account?.shown_name ?? text("agents.add"), "agents"), form.element, ...(account ? [this.#account(account, fields.isSelf)] : []));
    return form;
  }

  /** @param {Record<string, any>} value */
  async #save(value) {
    const {api} = this.desk;
    const before = this.account;
    const {agent} = before ? await api.put(`agents/${before.id}`, value) : await api.post("agents", {...value, shown_name: value.shown_name || value.name});
    this.account = agent;
    this.form.settle(this.text("form.saved"));
    this.saved(agent);
    if (before) return;
    this.form = this.#build();
    this.#tell(this.text("agents.added", {name: agent.shown_name}), agent.name, value.password);
  }

  /** What has to be passed on to the owner, now or never. @param {string} words @param {string} name @param {string} password */
  #tell(words, name, password) {
    const {text} = this;
    const secret = h("p", {class: "secret"}, h("span", {class: "code"}, h("span", {}, name), h("b", {}, password)), copier(text, text("agents.credentials"), () => `${name}\n${password}`));
    const box = h("div", {class: "told", role: "status", tabindex: -1}, h("p", {}, words), secret, h("p", {class: "quiet"}, text("password.once")));
    this.element.querySelector(".told")?.remove();
    this.element.querySelector(".panel-head")?.after(box);
    box.focus();
  }

  /** What can be done with the account itself. @param {Account} account @param {boolean} isSelf */
  #account(account, isSelf) {
    const {text} = this;
    say(this.said, "");
    const turn = account.is_disabled ? button(text("agents.enable"), () => this.#turn(account, false), {kind: "small", act: "enable"}) : button(text("agents.disable"), () => this.#disable(account), {kind: "small danger", act: "disable"});
    const doings = isSelf ? h("p", {class: "quiet"}, text("agents.self")) : h("div", {class: "buttons"}, button(text("agents.reset"), () => this.#reset(account), {kind: "small", act: "reset-password"}), turn);
    return h("section", {class: "apart"}, h("h3", {}, text("agents.account")), account.is_disabled ? h("p", {class: "quiet"}, text("agents.disabled.words")) : null, doings, this.said);
  }

  /** @param {Account} account */
  async #disable(account) {
    const {text} = this;
    const held = account.held_units ?? 0;
    const words = h("ul", {class: "consequences"}, h("li", {}, text("agents.disable.out")), h("li", {}, held ? text("agents.disable.held") : text("agents.disable.none")), h("li", {}, text("agents.disable.kept")));
    if (await ask(text, {title: text("agents.disable.title", {name: account.shown_name}), words, act: text("agents.disable"), tone: "danger"})) this.#turn(account, true);
  }

  /** @param {Account} account @param {boolean} isDisabled */
  #turn(account, isDisabled) {
    return this.#try(async () => {
      const {agent} = await this.desk.api.put(`agents/${account.id}`, {is_disabled: isDisabled});
      this.account = agent;
      this.form = this.#build();
      this.saved(agent);
      /** @type {HTMLElement | null} */ (this.element.querySelector(`[data-act=${isDisabled ? "enable" : "disable"}]`))?.focus();
    });
  }

  /** @param {Account} account */
  async #reset(account) {
    const {text} = this;
    if (!(await ask(text, {title: text("agents.reset.title", {name: account.shown_name}), words: text("agents.reset.words"), act: text("agents.reset")}))) return;
    const password = newPassword();
    await this.#try(async () => {
      await this.desk.api.post(`agents/${account.id}/password`, {password});
      this.#tell(text("agents.reset.done", {name: account.shown_name}), account.name, password);
    });
  }

  /** @param {() => Promise<void>} act */
  async #try(act) {
    try {
      say(this.said, "");
      await act();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(this.said, trouble(this.text, error));
    }
  }
}
