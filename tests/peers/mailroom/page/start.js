// The customers' mail program: one mailbox at a time, a mail, an answer. It asks again every second: this is a simulator.
import { h } from "/static/dom.js";

/** @typedef {{place: number, from: string, to: string, cc: string, subject: string, date: string, id: string, references: string, reply_to: string, automatic: string, envelope: string, text: string, has_look: boolean, files: string[]}} Mail */
/** @typedef {{mails: Mail[], customers: string[], support: string, desk: string, ways: Record<string, boolean>}} View */

const WAYS = {
  is_proven: "发件人可证实 · senders are proven (DMARC)",
  is_away: "客户外出，自动回复 · customers' programs answer by themselves",
  is_refusing: "客户地址不存在 · customers' addresses are gone (550)",
  is_greylisting: "灰名单 · greylisting (450 at first)",
};

let who = "customer@example.net";
/** @type {View | null} */
let view = null;
/** @type {number | null} */
let open = null;
/** @type {Partial<Mail> | null} */
let answered = null;

const list = h("nav", { class: "pane", "aria-label": "Inbox" });
const reading = h("main", { class: "pane" });
const controls = h("aside", { class: "pane" });
document.body.append(list, reading, controls);

/** Ask for the mailbox, and draw what has changed. */
async function look() {
  const answer = await fetch(`/api/mails/${encodeURIComponent(who)}`);
  const seen = /** @type {View} */ (await answer.json());
  const isNew = JSON.stringify(seen) !== JSON.stringify(view);
  view = seen;
  if (isNew) draw();
}

/** Draw the list and the switches; what is being read or written stays. */
function draw() {
  if (!view) return;
  const { mails, customers, ways, desk } = view;
  list.replaceChildren(
    h("h1", {}, "收件箱 · Inbox"),
    h("label", {}, h("select", { "aria-label": "Customer", onchange: choose }, ...customers.map((one) => h("option", { selected: one === who }, one)))),
    h("div", { class: "row" }, h("button", { class: "button primary", onclick: () => write(null) }, "写信 · Write")),
    h("ol", {}, ...[...mails].reverse().map((mail) => h("li", {}, h("button", { class: "line", "aria-current": String(mail.place === open), onclick: () => read(mail) },
      h("b", {}, mail.subject || "—"), h("span", {}, mail.from), h("span", { class: "quiet" }, mail.date))))),
  );
  controls.replaceChildren(
    h("h2", {}, "模拟 · What happens"),
    ...Object.entries(WAYS).map(([name, words]) => h("label", {}, h("input", { type: "checkbox", checked: ways[name], onchange: () => set(name, !ways[name]) }), " ", words)),
    h("p", {}, h("a", { href: desk, target: "_blank", rel: "noopener" }, "坐席工作台 · Desk")),
  );
}

/** @param {Event} event */
function choose(event) {
  who = /** @type {HTMLSelectElement} */ (event.target).value;
  open = null;
  reading.replaceChildren();
  void look();
}

/** @param {string} name @param {boolean} value */
async function set(name, value) {
  await fetch("/api/ways", { method: "POST", body: JSON.stringify({ [name]: value }) });
  await look();
}

/** @param {Mail} mail */
function read(mail) {
  open = mail.place;
  /** @type {[string, string][]} */
  const head = [["From", mail.from], ["To", mail.to], ["Cc", mail.cc], ["Reply-To", mail.reply_to], ["Auto-Submitted", mail.automatic], ["Return-Path", mail.envelope], ["Files", mail.files.join(", ")]];
  reading.replaceChildren(
    h("h1", {}, mail.subject),
    h("div", { class: "head" }, ...head.filter(([, value]) => value).flatMap(([name, value]) => [h("span", { class: "quiet" }, name), h("span", {}, value)])),
    mail.has_look ? h("iframe", { title: "Mail", sandbox: "", src: `/api/mails/${encodeURIComponent(who)}/${mail.place}/look` }) : h("pre", {}, mail.text),
    h("div", { class: "row" }, h("button", { class: "button primary", onclick: () => write(mail) }, "回复 · Reply")),
    mail.has_look ? h("details", {}, h("summary", {}, "纯文本 · Plain text"), h("pre", {}, mail.text)) : "",
  );
  draw();
}

/** @param {Mail | null} mail */
function write(mail) {
  if (!view) return;
  answered = mail;
  const quoted = mail ? `\n\n${mail.date}, ${mail.from} wrote:\n${mail.text.replace(/^/gm, "> ")}` : "";
  const trouble = h("p", { class: "trouble", role: "alert" });
  const form = /** @type {HTMLFormElement} */ (h("form", {},
    h("h1", {}, mail ? "回复 · Reply" : "写信 · Write"),
    field("to", "收件人 · To", mail ? mail.reply_to || mail.from : view.support),
    field("cc", "抄送 · Cc", mail ? mail.cc : ""),
    field("subject", "主题 · Subject", mail ? mail.subject.replace(/^(?!re:)/i, "Re: ") : ""),
    h("label", { class: "field" }, "正文 · Words", h("textarea", { name: "text" }, quoted)),
    h("label", {}, "附件 · Files ", h("input", { type: "file", name: "file", multiple: true })),
    h("div", { class: "row" }, h("button", { class: "button primary" }, "发送 · Send")), trouble));
  form.addEventListener("submit", (event) => { event.preventDefault(); void send(form, trouble); });
  reading.replaceChildren(form);
}

/** @param {string} name @param {string} words @param {string} value */
function field(name, words, value) {
  return h("label", { class: "field" }, words, h("input", { name, value }));
}

/** @param {HTMLFormElement} form @param {HTMLElement} trouble */
async function send(form, trouble) {
  const body = new FormData(form);
  body.set("from", who);
  if (answered?.id) {
    body.set("in_reply_to", answered.id);
    body.set("references", answered.references || "");
  }
  const answer = await fetch("/api/mails", { method: "POST", body });
  if (answer.ok) reading.replaceChildren(h("p", {}, "已发送 · Sent"));
  else trouble.textContent = `没有发出 · Not sent (${answer.status})`;
}

void look();
setInterval(() => void look(), 1000);
