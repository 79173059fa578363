/** The guide to the widget: everything on it works on the chat of this very page. */
const ENGLISH = {
  kind: "Chat for websites",
  headline: "One line puts it on your site.",
  lead: "This page embeds it: the button at the bottom right, and every button and control below, work on the real thing.",
  embed: "Embed",
  embedWhy: "Anywhere in the page. The page's origin must be listed in the channel's origins.",
  copy: "Copy",
  copied: "Copied",
  calls: "Calls",
  callsWhy: "window.Frontdesk is there once the script has run, and frontdesk:ready tells. Calls may come before the chat is loaded; they take effect then.",
  open: "Opens the chat.",
  close: "Closes it.",
  show: "Opens with these words where the visitor writes, for them to change and send.",
  words: "How long does a refund take?",
  on: "Hears open, close, message, unread and state; returns what stops it. The log below is made of it.",
  stop: "Stop listening",
  go: "Listen again",
  identify: "The visitor has logged in: a JWT of your server names them, and the conversation goes on.",
  shutdown: "The visitor has logged out: ends the connection, removes the chat, forgets everything in this browser.",
  try: "Try it",
  events: "Events",
  looks: "Looks",
  looksWhy: "Custom properties in your own style sheet. What stands on the accent turns black or white, so that it can be read.",
  accent: "Accent",
  radius: "Corners",
  font: "Font",
  fontSystem: "System",
  fontSerif: "Serif",
  fontMono: "Monospace",
  side: "Side",
  right: "Right",
  left: "Left",
  bottom: "From the bottom",
  reset: "Defaults",
  policy: "Content-Security-Policy",
  policyWhy: "No inline script or style, no eval. The strictest policy under which it works:",
};
/** @type {Record<string, string>} */
const CHINESE = {copied: "已复制", stop: "停止监听", go: "重新监听"};
const EVENTS = /** @type {const} */ (["open", "close", "message", "unread", "state"]);
const EVENTS_MAX_COUNT = 200;

const isEnglish = new URLSearchParams(location.search).get("lang") === "en";
const loader = /** @type {HTMLScriptElement} */ (document.querySelector("script[src*='/chat/']")).src;
/** @type {Record<string, string>} */
const code = {
  embed: `<script src="${loader}" async></script>`,
  policy: `default-src 'none'; script-src ${location.origin}; connect-src ${location.origin} ${location.origin.replace("http", "ws")}; img-src ${location.origin}; require-trusted-types-for 'script'`,
};

/** @template {HTMLElement} T @param {string} selector */
const all = (selector) => /** @type {T[]} */ ([...document.querySelectorAll(selector)]);
/** @template {HTMLElement} T @param {string} selector */
const one = (selector) => /** @type {T} */ (document.querySelector(selector));
/** @param {"copied" | "stop" | "go"} key */
const text = (key) => (isEnglish ? ENGLISH : CHINESE)[key];

function translate() {
  if (!isEnglish) return;
  document.documentElement.lang = "en";
  document.title = "Frontdesk · Chat for websites";
  for (const element of all("[data-text]")) element.textContent = ENGLISH[/** @type {keyof typeof ENGLISH} */ (element.dataset.text)];
  one("#words").setAttribute("value", ENGLISH.words);
  const other = /** @type {HTMLAnchorElement} */ (one("[data-language]"));
  other.href = "?lang=zh";
  other.hreflang = other.lang = "zh-CN";
  other.textContent = "中文";
}

function showCode() {
  for (const element of all("[data-code]")) element.textContent = code[element.dataset.code ?? ""];
}

/** @param {string} event @param {unknown} detail */
function log(event, detail) {
  const line = document.createElement("div");
  const time = document.createElement("time");
  const name = document.createElement("b");
  time.textContent = new Date().toLocaleTimeString("en-GB");
  name.textContent = event;
  line.append(time, name, detail === undefined ? "" : ` ${JSON.stringify(detail)}`);
  const list = one(".events");
  list.append(line);
  if (list.childElementCount > EVENTS_MAX_COUNT) list.firstElementChild?.remove();
  list.scrollTop = list.scrollHeight;
}

/** @type {(() => void)[]} */
let listening = [];

function listen() {
  listening = EVENTS.flatMap((event) => window.Frontdesk?.on(event, (detail) => log(event, detail)) ?? []);
}

/** The looks as somebody would write them: only what differs from the defaults. */
function dress() {
  const chat = /** @type {HTMLElement | null} */ (document.querySelector("frontdesk-chat"));
  const {accent, radius, font, side, bottom} = Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (one(".looks"))));
  const isLeft = side === "left";
  const set = [
    ["accent", accent !== "#3350d6" && accent],
    ["radius", radius !== "16" && `${radius}px`],
    ["font", font],
    ["left", isLeft && "20px"],
    ["right", isLeft && "auto"],
    ["bottom", bottom !== "20" && `${bottom}px`],
  ].map(([name, value]) => [`--frontdesk-${name}`, value ? String(value) : ""]);
  for (const [name, value] of set) chat?.style.setProperty(name, value);
  const lines = set.filter(([, value]) => value).map(([name, value]) => `  ${name}: ${value};`);
  code.looks = ["frontdesk-chat {", ...lines, "}"].join("\n");
  showCode();
}

/** @type {Record<string, (button: HTMLElement) => void>} */
const acts = {
  open: () => window.Frontdesk?.open(),
  close: () => window.Frontdesk?.close(),
  show: () => window.Frontdesk?.show(/** @type {HTMLInputElement} */ (one("#words")).value),
  identify: () => window.Frontdesk?.identify(/** @type {HTMLInputElement} */ (one("#jwt")).value.trim()),
  shutdown: () => window.Frontdesk?.shutdown(),
  on: (button) => {
    const isOn = listening.length > 0;
    for (const stop of listening) stop();
    listening = [];
    if (!isOn) listen();
    button.textContent = text(isOn ? "go" : "stop");
  },
};

for (const button of all("[data-do]")) {
  button.addEventListener("click", () => {
    const act = button.dataset.do ?? "";
    if (act === "shutdown" || act === "identify") log(`Frontdesk.${act}()`, undefined);
    acts[act](button);
  });
}
for (const button of all("[data-copy]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code[button.dataset.copy ?? ""]);
    const words = button.textContent;
    button.textContent = text("copied");
    setTimeout(() => (button.textContent = words), 1500);
  });
}
one(".looks").addEventListener("input", dress);
one(".looks").addEventListener("reset", () => setTimeout(dress));
translate();
dress();
function ready() {
  log("frontdesk:ready", undefined);
  listen();
  dress();
}
if (document.querySelector("frontdesk-chat")) ready();
else addEventListener("frontdesk:ready", ready, {once: true});

export {};
