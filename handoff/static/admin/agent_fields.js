/** @import {Desk} from "../desk.js" */
/** @import {Account} from "../shapes.js" */
/** @import {Fault, Form} from "./form.js" */
/** @import {Say} from "../words.js" */
import {h} from "/static/dom.js";
import {languageOf} from "../about/facts.js";
import {cards, choices} from "./form.js";
import {passwordField} from "./password.js";
import {queueOf} from "../words.js";

const ROLES = ["agent", "supervisor", "admin"];
const CAPACITY = 4;
const CAPACITY_MAX = 1000;
const NAME_MAX = 64;

/** What an account consists of, as fields. A name is given once; a password only with a new account. */
export class AgentFields {
  /** @param {Desk} desk @param {Say} text @param {Account | null} account */
  constructor(desk, text, account) {
    this.text = text;
    this.isNew = !account;
    this.isSelf = account?.id === desk.agent?.id;
    this.name = h("input", {maxlength: NAME_MAX, required: true, autocomplete: "off", autocapitalize: "off", spellcheck: "false", disabled: !this.isNew});
    this.shownName = h("input", {maxlength: NAME_MAX, autocomplete: "off", dir: "auto"});
    this.role = cards("role", ROLES.map((value) => ({value, words: text(`role.${value}`), meaning: text(`role_may.${value}`), isDisabled: this.isSelf})), "agent");
    this.queues = choices(queuesOf(text, desk, account), []);
    this.languages = choices([...new Set([...desk.settings.languages, ...(account?.languages ?? [])])].map((value) => ({value, words: languageOf(text, value)})), []);
    this.capacity = h("input", {type: "number", min: 0, max: CAPACITY_MAX, step: 1, inputmode: "numeric", class: "narrow"});
    this.password = passwordField(text);
    this.passwordMinChars = desk.settings.password_min_chars ?? 10;
    this.fill(account);
  }

  /** Puts the fields into their form. @param {Form<any>} form */
  place(form) {
    const {text} = this;
    form.places = {
      agent_name: "name", name_taken: "name", agent_shown_name: "shown_name", agent_capacity: "capacity_units", agent_queues: "queues",
      agent_languages: "languages", password: "password", last_admin: "role", not_yourself: "role",
    };
    form.fields.append(
      form.field("name", text("agents.name"), this.name, {hint: this.isNew ? text("agents.name.hint") : text("agents.name.fixed")}),
      form.field("shown_name", text("agents.shown_name"), this.shownName, {hint: text("agents.shown_name.hint")}),
      ...(this.isNew ? [form.field("password", text("login.password"), this.password.control, {hint: text("password.hint", {count: this.passwordMinChars}), more: this.password.more})] : []),
      form.field("role", text("agents.role"), this.role.element, {isGroup: true, hint: this.isSelf ? text("agents.role.own") : ""}),
      form.field("queues", text("agents.queues"), this.queues.element, {isGroup: true, hint: text("agents.queues.hint")}),
      form.field("languages", text("agents.languages"), this.languages.element, {isGroup: true, hint: text("agents.languages.hint")}),
      form.field("capacity_units", text("agents.capacity"), this.capacity, {hint: text("agents.capacity.hint")}),
    );
  }

  /** Shows what is on record. @param {Account | null} account */
  fill(account) {
    this.name.value = account?.name ?? "";
    this.shownName.value = account?.shown_name ?? "";
    this.role.value = account?.role ?? "agent";
    this.queues.value = [...(account?.queues ?? [])];
    this.languages.value = [...(account?.languages ?? [])];
    this.capacity.value = String(account?.capacity_units ?? CAPACITY);
    this.password.control.value = "";
  }

  /** What the API takes. */
  get value() {
    const given = {shown_name: this.shownName.value.trim(), role: this.role.value, queues: this.queues.value, languages: this.languages.value, capacity_units: Number(this.capacity.value)};
    return this.isNew ? {...given, name: this.name.value.trim(), password: this.password.control.value} : given;
  }

  /** @returns {Fault[]} */
  check() {
    const {text} = this;
    const faults = [];
    if (this.isNew && !/^[^\s\p{C}]{1,64}$/u.test(this.name.value.trim())) faults.push({key: "name", message: text("agents.name.wrong")});
    if (!this.isNew && !this.shownName.value.trim()) faults.push({key: "shown_name", message: text("agents.shown_name.none")});
    if (this.isNew && !this.password.control.value) faults.push({key: "password", message: text("password.none")});
    if (!/^\d+$/.test(this.capacity.value) || Number(this.capacity.value) > CAPACITY_MAX) faults.push({key: "capacity_units", message: text("agents.capacity.wrong", {max: CAPACITY_MAX})});
    return faults;
  }
}

/** The queues there are, and those that an account still names. @param {Say} text @param {Desk} desk @param {Account | null} account */
function queuesOf(text, desk, account) {
  const known = desk.settings.queues.map(({name}) => ({value: name, words: queueOf(text, desk, name)}));
  const gone = (account?.queues ?? []).filter((name) => !known.some((one) => one.value === name));
  return [...known, ...gone.map((value) => ({value, words: value}))];
}
