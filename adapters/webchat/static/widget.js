/** The loader. Shows the button; the rest comes when it is first opened, or earlier where a conversation is going on. */
(() => {
  const script = document.currentScript;
  if (!(script instanceof HTMLScriptElement) || window.Frontdesk) return;
  const base = new URL("./", script.src);
  const prefix = `frontdesk:${base.host}${base.pathname}`;
  const RECENT_MS = 86_400_000;
  const NAMES = {
    "zh-CN": ["打开在线客服", "关闭聊天", "，{n} 条未读消息"],
    "zh-TW": ["開啟線上客服", "關閉聊天", "，{n} 則未讀訊息"],
    en: ["Open chat", "Close chat", ", {n} unread"],
  };
  const {theme} = script.dataset;
  const scheme = theme === "dark" ? "all" : theme === "light" ? "not all" : "(prefers-color-scheme: dark)";
  // Its colours are the tokens', which come with the panel. On an accent of the page's own stands black or white, whichever is read better:
  // a colour whose luminance (the y of xyz) is below .18 wants white.
  const STYLE = `
:host { all: initial; position: fixed !important; inset: auto 0 0 auto !important; z-index: var(--frontdesk-z, 2147483000) !important; transform: none !important; direction: ltr !important; color-scheme: light dark; }
:host([dir=rtl]) { direction: rtl !important; }
[hidden] { display: none; }
.launcher { all: initial; --a: var(--frontdesk-accent, var(--accent)); --accent: #3350d6; position: fixed; width: 56px; height: 56px; border-radius: 50%;
  right: max(var(--frontdesk-right, 20px), env(safe-area-inset-right)); left: max(var(--frontdesk-left), env(safe-area-inset-left));
  bottom: max(var(--frontdesk-bottom, 20px), env(safe-area-inset-bottom)); cursor: pointer; color: #fff; background: var(--a);
  box-shadow: 0 4px 20px rgb(16 20 36 / 25%); transition: transform .15s; }
@supports (color: color(from red xyz-d65 x y z)) {
  .launcher { --w: calc((.18 - y) * 999); color: color(from var(--a) xyz-d65 clamp(0, var(--w), .95) clamp(0, var(--w), 1) clamp(0, var(--w), 1.09)); }
}
.launcher:hover { transform: translateY(-1px); }
.launcher:focus-visible { outline: 3px solid var(--a); outline-offset: 3px; }
.launcher[aria-busy]::after { content: ""; position: absolute; inset: 4px; border: 2px solid; border-color: currentColor transparent transparent; border-radius: 50%; animation: turn 1s linear infinite; }
@keyframes turn { to { rotate: 1turn; } }
svg { width: 26px; display: block; margin: auto; fill: none; stroke: currentColor; stroke-width: 1.9; stroke-linecap: round; stroke-linejoin: round; }
.badge { position: absolute; top: -3px; inset-inline-end: -3px; min-width: 20px; padding: 2px 5px; box-sizing: border-box; border-radius: 10px;
  color: #fff; background: #b3261e; font: 700 11px/16px system-ui, sans-serif; }
@media ${scheme} { .launcher { --accent: #4a63e0; } }
@media (forced-colors: active) { .launcher { border: 2px solid; } }
@media (prefers-reduced-motion: reduce) { .launcher, ::after { transition: none; animation-duration: 4s !important; } }
@media (max-width: 480px) { .launcher[aria-expanded=true] { display: none; } }
@media print { :host { display: none; } }`;

  const tag = [script.dataset.locale, document.documentElement.lang, ...navigator.languages].find((tag) => /^(zh|en)/i.test(tag ?? "")) ?? "en";
  const locale = !/^zh/i.test(tag) ? "en" : /hant|tw|hk|mo/i.test(tag) ? "zh-TW" : "zh-CN";
  const [opens, closes, counts] = NAMES[locale];
  const host = document.createElement("frontdesk-chat");
  host.lang = locale;
  host.dir = "ltr";
  if (theme) host.style.colorScheme = theme;
  const root = host.attachShadow({mode: "open"});
  const style = new CSSStyleSheet();
  style.replaceSync(STYLE);
  root.adoptedStyleSheets = [style];
  const launcher = document.createElement("button");
  launcher.type = "button";
  launcher.className = "launcher";
  launcher.setAttribute("aria-haspopup", "dialog");
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.ariaHidden = "true";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.ariaHidden = "true";
  launcher.append(svg, badge);
  root.append(launcher);

  /** @type {Promise<import("./panel.js").Panel> | null} */
  let loading = null;
  /** @type {import("./panel.js").Panel | undefined} */
  let panel;
  /** @type {string | undefined} */
  let identity;
  let isOpen = false;
  let isGone = false;
  let failures = 0;
  let unread = 0;
  /** @type {Record<string, Set<(detail: any) => void>>} */
  const listeners = {open: new Set(), close: new Set(), message: new Set(), unread: new Set(), state: new Set()};

  function show() {
    launcher.ariaExpanded = String(isOpen);
    launcher.ariaLabel = (isOpen ? closes : opens) + (unread ? counts.replace("{n}", String(unread)) : "");
    line.setAttribute("d", isOpen ? "M6 9.5l6 6 6-6" : "M12 4.2c-4.7 0-8.5 3.2-8.5 7.2 0 2.3 1.2 4.3 3.1 5.6L6 20.5l4-1.9c.6.1 1.3.2 2 .2 4.7 0 8.5-3.3 8.5-7.3S16.7 4.2 12 4.2z");
    badge.hidden = !unread;
    badge.textContent = unread > 99 ? "99+" : String(unread);
  }

  /** @param {string} event @param {unknown} [detail] */
  const tell = (event, detail) => listeners[event].forEach((listener) => listener(detail));

  /** @param {number} count */
  function counted(count) {
    if (count === unread) return;
    unread = count;
    show();
    tell("unread", count);
  }

  /** What has failed to load is remembered as failed by some browsers: it is asked for by another name then. @param {string} name */
  const fetched = (name) => import(`${base.href}static/${name}.js${failures ? `?${failures}` : ""}`);
  /** @returns {Promise<[typeof import("./panel.js"), typeof import("./en.js")]>} */
  const both = () => Promise.all([fetched("panel"), fetched(locale)]);
  const code = () => both().catch(() => (failures++, both()));

  function load() {
    return (loading ??= code()
      .then(([{Panel}, {default: catalogue}]) => {
        panel = new Panel({base, prefix, locale, catalogue, scheme, root, identity, unread: counted, closed: close, tell});
        if (isGone) panel.stop();
        return panel;
      })
      .catch((error) => {
        loading = null; // the next click tries again
        failures++;
        throw error;
      }));
  }

  /** @param {boolean} [takesFocus] @param {string} [words] */
  async function open(takesFocus = true, words) {
    if (isOpen && !words) return;
    isOpen = true;
    launcher.ariaBusy = "true";
    try {
      const made = await load();
      if (!isOpen) return;
      made.open({takesFocus, words});
      remember("1");
      tell("open");
    } catch {
      isOpen = false;
    } finally {
      launcher.ariaBusy = null;
      show();
    }
  }

  function close() {
    if (!isOpen) return;
    isOpen = false;
    const hadFocus = document.activeElement === host;
    panel?.close();
    remember("");
    show();
    if (hadFocus) launcher.focus();
    tell("close");
  }

  /** Whether it is open, from page to page of one visit. @param {string} value */
  const remember = (value) => stored(() => sessionStorage.setItem(prefix, value));

  /** Storage may be forbidden: then nothing is remembered. @param {() => void} act */
  function stored(act) {
    try {
      act();
    } catch {}
  }

  window.Frontdesk = {
    open: () => open(),
    show: (words) => open(true, words && String(words)),
    close,
    on(event, listener) {
      listeners[event].add(listener);
      return () => listeners[event].delete(listener);
    },
    identify(jwt) {
      identity = jwt;
      panel?.identify(jwt);
    },
    shutdown() {
      isGone = true;
      panel?.stop();
      host.remove();
      delete window.Frontdesk;
      stored(() => {
        sessionStorage.removeItem(prefix);
        for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
      });
    },
  };
  launcher.onclick = () => (isOpen ? close() : open());
  launcher.onpointerenter = () => loading || code().catch(() => {});
  show();
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin);

  function begin() {
    stay();
    dispatchEvent(new Event("frontdesk:ready"));
    setTimeout(() => stored(resume), 200);
  }

  /** Where the page takes everything out, or gets another body, the chat comes back. */
  function stay() {
    if (isGone) return;
    const body = document.body ?? document.documentElement;
    if (!host.isConnected) body.append(host);
    const watch = new MutationObserver(() => {
      if (host.isConnected) return;
      watch.disconnect();
      setTimeout(stay); // not at once: somebody may be at it still
    });
    for (const place of [document.documentElement, body]) watch.observe(place, {childList: true});
  }

  function resume() {
    const saved = JSON.parse(localStorage.getItem(prefix) || "{}");
    if (sessionStorage.getItem(prefix)) open(false);
    else if (saved.messages?.length && Date.now() - saved.at < RECENT_MS) load().catch(() => {});
  }
})();
