// The customers' mail program: one mailbox at a time, a mail, an answer. It asks again every second: this is a simulator.
import { h, say } from "/static/dom.js";
import { TEXTS, preferred, words } from "./texts.js";

/** @typedef {{place: number, from: string, to: string, cc: string, subject: string, date: string, id: string, references: string, reply_to: string, automatic: string, envelope: string, text: string, has_look: boolean, files: string[]}} Mail */
/** @typedef {{mails: Mail[], customers: string[], support: string, desk: string, ways: Record<string, boolean>}} View */

const LANGUAGES = { "zh-CN": "简体中文", "zh-TW": "繁體中文", en: "English" };
const WAYS = ["is_proven", "is_away", "is_refusing", "is_greylisting"];
const HEADS = /** @type {const} */ (["from", "to", "cc", "reply_to", "automatic", "envelope"]);
const ASKED_MS = 1000;
const PATIENCE_MS = 10_000;

let who = "customer@example.net";
/** @type {View | null} */
let view = null;
/** @type {number | null} */
let open = null;
/** @type {Partial<Mail> | null} */
let answered = null;
let text = words(preferred());

const lost = h("p", { class: "trouble lost", role: "alert" });
const list = h("nav", { class: "pane" });
const reading = h("main", { class: "pane" });
const controls = h("aside", { class: "pane" });
const mails = h("ol", {});
const none = h("p", { class: "quiet", hidden: true });
const customers = /** @type {HTMLSelectElement} */ (h("select", { onchange: choose }));
const desk = /** @type {HTMLAnchorElement} */ (h("a", { target: "_blank", rel: "noopener" }));
const boxes = Object.fromEntries(WAYS.map((name) => [name, /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", onchange: () => void set(name) }))]));
document.body.append(lost, list, reading, controls);

/** The page in one language; what was half written is gone. @param {string} language */
function speak(language) {
  text = words(language);
  document.documentElement.lang = language;
  document.title = text("page");
  list.setAttribute("aria-label", text("page"));
  customers.setAttribute("aria-label", text("customer"));
  list.replaceChildren(h("h1", {}, text("page")), customers, h("div", { class: "row" }, h("button", { class: "button primary", onclick: () => write(null) }, text("write"))), none, mails);
  const chosen = /** @type {HTMLSelectElement} */ (h("select", { "aria-label": text("language"), onchange: () => speak(chosen.value) },
    ...Object.keys(TEXTS).map((tag) => h("option", { value: tag, lang: tag, selected: tag === language }, LANGUAGES[/** @type {"en"} */ (tag)]))));
  desk.textContent = text("desk");
  controls.replaceChildren(
    h("h2", {}, text("ways")), ...WAYS.map((name) => h("label", { class: "way" }, boxes[name], h("span", {}, text(`way_${name}`)))),
    h("p", { class: "row" }, chosen), h("p", {}, desk));
  rest();
  draw();
}

/** Nothing is open. @param {string} [news] */
function rest(news) {
  open = null;
  reading.replaceChildren(h("p", { class: "quiet", role: "status" }, news ?? text("pick")));
}

/** Ask for the mailbox, and draw what has changed. */
async function look() {
  const asked = who;
  try {
    const answer = await fetch(`/api/mails/${encodeURIComponent(asked)}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const seen = /** @type {View} */ (await answer.json());
    say(lost, "");
    if (asked !== who || JSON.stringify(seen) === JSON.stringify(view)) return;
    view = seen;
    draw();
  } catch {
    say(lost, text("lost"));
  }
}

/** Draw the list and the switches; what is being read or written stays, and so does the focus. */
function draw() {
  if (!view) return;
  if (!customers.length) customers.append(...view.customers.map((one) => h("option", { selected: one === who }, one)));
  for (const name of WAYS) boxes[name].checked = view.ways[name];
  desk.href = view.desk;
  say(none, text("none", { support: view.support }));
  none.hidden = view.mails.length > 0;
  const focused = mails.contains(document.activeElement) ? document.activeElement?.getAttribute("data-place") : null;
  mails.replaceChildren(...[...view.mails].reverse().map((mail) => h("li", {}, h("button", { class: "line", "data-place": String(mail.place), "aria-current": String(mail.place === open), onclick: () => read(mail) },
    h("b", {}, mail.subject || text("subject_none")), h("span", {}, mail.from), h("span", { class: "quiet" }, mail.date)))));
  if (focused) /** @type {HTMLElement | null} */ (mails.querySelector(`[data-place="${focused}"]`))?.focus();
}

function choose() {
  who = customers.value;
  rest();
  void look();
}

/** @param {string} name */
async function set(name) {
  await fetch("/api/ways", { method: "POST", body: JSON.stringify({ [name]: boxes[name].checked }) }).catch(() => say(lost, text("lost")));
  await look();
}

/** @param {Mail} mail */
function read(mail) {
  open = mail.place;
  /** @type {[string, string][]} */
  const head = [...HEADS.map((name) => /** @type {[string, string]} */ ([name, mail[name]])), ["files", mail.files.join(", ")]];
  reading.replaceChildren(
    h("h1", {}, mail.subject || text("subject_none")),
    h("div", { class: "head" }, ...head.filter(([, value]) => value).flatMap(([name, value]) => [h("span", { class: "quiet" }, text(`head_${name}`)), h("span", {}, value)])),
    mail.has_look ? h("iframe", { title: text("look"), sandbox: "", src: `/api/mails/${encodeURIComponent(who)}/${mail.place}/look` }) : h("pre", {}, mail.text),
    h("div", { class: "row" }, h("button", { class: "button primary", onclick: () => write(mail) }, text("reply"))),
    mail.has_look ? h("details", {}, h("summary", {}, text("plain")), h("pre", {}, mail.text)) : "",
  );
  reading.scrollIntoView({ block: "nearest" }); // it lies below the list on a phone
  draw();
}

/** @param {Mail | null} mail */
function write(mail) {
  if (!view) return;
  answered = mail;
  const quoted = mail ? `\n\n${text("wrote", { date: mail.date, from: mail.from })}\n${mail.text.replace(/^/gm, "> ")}` : "";
  const said = h("p", { class: "trouble", role: "alert" });
  const go = /** @type {HTMLButtonElement} */ (h("button", { class: "button primary" }, text("send")));
  const area = /** @type {HTMLTextAreaElement} */ (h("textarea", { name: "text" }, quoted));
  const form = /** @type {HTMLFormElement} */ (h("form", {},
    h("h1", {}, text(mail ? "reply" : "write")),
    field("to", mail ? mail.reply_to || mail.from : view.support, true),
    field("cc", mail ? mail.cc : ""),
    field("subject", mail ? mail.subject.replace(/^(?!re:)/i, "Re: ") : ""),
    h("label", { class: "field" }, text("words"), area),
    h("label", {}, text("files"), " ", h("input", { type: "file", name: "file", multiple: true })),
    h("div", { class: "row" }, go), said));
  form.addEventListener("submit", (event) => { event.preventDefault(); void send(form, go, said); });
  reading.replaceChildren(form);
  (mail ? area : /** @type {HTMLElement} */ (form.querySelector("[name=subject]"))).focus();
  area.setSelectionRange(0, 0); // above what is quoted
}

/** @param {string} name @param {string} value @param {boolean} [isNeeded] */
function field(name, value, isNeeded = false) {
  return h("label", { class: "field" }, text(name), h("input", { name, value, required: isNeeded }));
}

/** @param {HTMLFormElement} form @param {HTMLButtonElement} go @param {HTMLElement} said */
async function send(form, go, said) {
  const body = new FormData(form);
  body.set("from", who);
  if (answered?.id) {
    body.set("in_reply_to", answered.id);
    body.set("references", answered.references || "");
  }
  go.disabled = true;
  go.textContent = text("sending");
  const why = await fetch("/api/mails", { method: "POST", body }).then((answer) => (answer.ok ? "" : String(answer.status)), (error) => String(error.message));
  if (!why) return rest(text("sent"));
  go.disabled = false;
  go.textContent = text("send");
  say(said, text("not_sent", { why }));
}

speak(preferred());
void look();
setInterval(() => void look(), ASKED_MS);
