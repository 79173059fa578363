/** @import {View} from "./platform.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {Log} from "./bubbles.js";
import {Composer} from "./composer.js";
import {Controls} from "./controls.js";
import {Watch, act} from "./platform.js";
import {preferred, words} from "./texts.js";

const GEAR = "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M18.4 5.6l-2.1 2.1M7.7 16.3l-2.1 2.1";

let chosen = location.hash.slice(1).split("/");

/** @param {string} account @param {string} phone */
function choose(account, phone) {
  chosen = [account, phone];
  history.replaceState(null, "", `#${account}/${phone}`);
  watch.at(account, phone);
}

/** @param {Record<string, any>} deed */
async function deed(deed) {
  const [account, phone] = chosen;
  const why = await act({account, phone, ...deed});
  if (why) say(page.trouble, page.text("refused_deed", {why}));
  else say(page.trouble, "");
  return why;
}

/** The page in one language. @param {string} language */
function build(language) {
  const text = words(language);
  document.documentElement.lang = language;
  document.title = text("page");
  const log = new Log(text, language, deed);
  const composer = new Composer(text, deed);
  const controls = new Controls(text, language, deed, {choose, speak: (other) => { page = build(other); again(); }});
  const title = h("h1", {class: "title"});
  const trouble = h("p", {class: "trouble", role: "alert"});
  const toggle = h("button", {type: "button", class: "round toggle", "aria-label": text("controls"), "aria-expanded": "false", "aria-controls": "controls", onclick: () => turn()}, icon(GEAR));
  const turn = () => {
    const isOpen = document.body.classList.toggle("is-controlled");
    attribute(toggle, "aria-expanded", String(isOpen));
  };
  const phone = h("main", {class: "phone"}, h("header", {class: "head"}, title, toggle), trouble, log.element, composer.element);
  document.body.replaceChildren(phone, controls.element);
  return {text, log, composer, controls, title, trouble};
}

/** @type {View | null} */
let last = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;

/** @param {View | null} view */
function seen(view) {
  if (!view) return say(page.trouble, page.text("lost"));
  if (page.trouble.textContent === page.text("lost")) say(page.trouble, "");
  if (!view.chat) {
    const [account] = view.accounts;
    if (account?.phones[0]) choose(account.id, account.phones[0].id);
    return;
  }
  last = view;
  again();
}

function again() {
  const {chat, accounts} = last ?? {};
  const account = accounts?.find((one) => one.id === chat?.account);
  if (!last || !chat || !account) return;
  page.log.show(chat);
  page.composer.show(account, chat);
  page.controls.show(last, account, chat);
  say(page.title, chat.typing_s > 0 ? page.text("typing") : account.name);
  clearTimeout(typing);
  if (chat.typing_s > 0) typing = setTimeout(() => say(page.title, account.name), chat.typing_s * 1000);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.body.classList.contains("is-controlled")) document.querySelector(/** @type {"button"} */ (".toggle"))?.click();
});

let page = build(preferred());
const watch = new Watch(seen);
watch.at(chosen[0] ?? "", chosen[1] ?? "");
