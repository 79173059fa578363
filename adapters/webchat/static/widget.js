/**
 * The loader: `<script src="https://.../chat/SITE/widget.js" async></script>` is the whole embed.
 *
 * Shows the button, and fetches the rest when it is first opened; earlier only where a conversation is going on. Everything lives in a
 * shadow tree with constructed styles, so it works under a strict Content-Security-Policy. `data-locale` on the script sets the language.
 */
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
  // The colours repeat the design tokens, which come with the panel.
  const STYLE = `
:host { all: initial; position: fixed; inset: auto 0 0 auto; z-index: 2147483000; color-scheme: light dark; }
.launcher { position: fixed; right: max(20px, env(safe-area-inset-right)); bottom: max(20px, env(safe-area-inset-bottom));
  width: 56px; height: 56px; padding: 0; border: 0; border-radius: 50%; cursor: pointer; color: #fff; background: #3350d6;
  box-shadow: 0 2px 6px rgb(16 20 36 / 16%), 0 8px 24px rgb(16 20 36 / 20%); transition: transform .15s, background-color .15s; }
.launcher:hover { background: #2a43b8; transform: translateY(-1px); }
.launcher:active { transform: scale(.96); }
.launcher:focus-visible { outline: 3px solid #3350d6; outline-offset: 3px; }
.launcher svg { width: 26px; height: 26px; display: block; margin: auto; fill: none; stroke: currentColor; stroke-width: 1.9;
  stroke-linecap: round; stroke-linejoin: round; }
.launcher .shut, .launcher[aria-expanded=true] .chat { display: none; }
.launcher[aria-expanded=true] .shut { display: block; }
.launcher[aria-busy=true] svg { opacity: .55; }
.badge { position: absolute; top: -3px; right: -3px; min-width: 20px; height: 20px; padding: 0 5px; box-sizing: border-box;
  border-radius: 10px; border: 2px solid Canvas; background: #b3261e; color: #fff; font: 700 11px/16px system-ui, sans-serif; }
[hidden] { display: none; }
@media (prefers-color-scheme: dark) {
  .launcher { background: #4a63e0; } .launcher:hover { background: #5a72ec; } .launcher:focus-visible { outline-color: #a3b3ff; } }
@media (prefers-reduced-motion: reduce) { .launcher { transition: none; } }
@media (max-width: 480px) { .launcher[aria-expanded=true] { display: none; } }
@media print { :host { display: none; } }`;

  const locale = nearest([script.dataset.locale, document.documentElement.lang, ...navigator.languages]);
  const [opens, closes, counts] = NAMES[locale];
  const host = document.createElement("frontdesk-chat");
  host.lang = locale;
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
  badge.setAttribute("aria-hidden", "true");
  const chat = "M12 4.2c-4.7 0-8.5 3.2-8.5 7.2 0 2.3 1.2 4.3 3.1 5.6L6 20.5l4-1.9c.6.1 1.3.2 2 .2 4.7 0 8.5-3.3 8.5-7.3S16.7 4.2 12 4.2z";
  launcher.append(icon("chat", chat), icon("shut", "M6 9.5l6 6 6-6"), badge);
  root.append(launcher);

  /** @type {Promise<import("./panel.js").Panel> | null} */
  let loading = null;
  /** @type {import("./panel.js").Panel | null} */
  let panel = null;
  /** @type {string | undefined} */
  let identity;
  let isOpen = false;
  let isGone = false;
  let unread = 0;
  /** @type {Map<string, Set<(detail: any) => void>>} */
  const listeners = new Map();

  /** @param {(string | undefined)[]} wanted @returns {keyof typeof NAMES} */
  function nearest(wanted) {
    for (const tag of wanted) {
      if (tag && /^zh/i.test(tag)) return /hant|tw|hk|mo/i.test(tag) ? "zh-TW" : "zh-CN";
      if (tag && /^en/i.test(tag)) return "en";
    }
    return "en";
  }

  /** @param {string} name @param {string} path */
  function icon(name, path) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const line = svg.appendChild(document.createElementNS(svg.namespaceURI || "", "path"));
    svg.setAttribute("class", name);
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    line.setAttribute("d", path);
    return svg;
  }

  function show() {
    launcher.setAttribute("aria-expanded", String(isOpen));
    launcher.setAttribute("aria-label", (isOpen ? closes : opens) + (unread ? counts.replace("{n}", String(unread)) : ""));
    badge.hidden = !unread;
    badge.textContent = unread > 99 ? "99+" : String(unread);
  }

  /** @param {string} event @param {unknown} [detail] */
  function tell(event, detail) {
    for (const listener of listeners.get(event) ?? []) listener(detail);
  }

  /** @param {number} count */
  function count(count) {
    if (count === unread) return;
    unread = count;
    show();
    tell("unread", count);
  }

  /** @returns {Promise<typeof import("./panel.js")>} */
  const code = () => import(new URL("static/panel.js", base).href);

  function load() {
    return (loading ??= code()
      .then((module) => module.start({base, prefix, locale, root, identity, unread: count, closed: close, tell}))
      .then((made) => {
        if (isGone) made.stop();
        return (panel = made);
      })
      .catch((error) => {
        loading = null; // the next click tries again
        throw error;
      }));
  }

  /** @param {boolean} [takesFocus] */
  async function open(takesFocus = true) {
    if (isOpen) return;
    isOpen = true;
    launcher.setAttribute("aria-busy", "true");
    try {
      const made = await load();
      if (!isOpen) return;
      made.open({takesFocus});
      remember("1");
      tell("open");
    } catch {
      isOpen = false;
    } finally {
      launcher.removeAttribute("aria-busy");
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

  /** Whether the chat is open, from page to page of one visit. @param {string} value */
  function remember(value) {
    try {
      sessionStorage.setItem(prefix, value);
    } catch {
      // storage is forbidden: the next page begins with the chat closed
    }
  }

  /** Logging out: nothing of the conversation stays in this browser. */
  function shutdown() {
    isGone = true;
    panel?.stop();
    host.remove();
    delete window.Frontdesk;
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
      sessionStorage.removeItem(prefix);
    } catch {
      // storage is forbidden: there is nothing in it
    }
  }

  function resume() {
    try {
      const saved = JSON.parse(localStorage.getItem(prefix) || "null");
      if (sessionStorage.getItem(prefix)) void open(false);
      else if (saved?.messages.length && Date.now() - saved.at < RECENT_MS) load().catch(() => {});
    } catch {
      // nothing to resume
    }
  }

  window.Frontdesk = {
    open: () => open(),
    close,
    /** Listens to open, close, message and unread; returns what stops it. */
    on(event, listener) {
      const set = listeners.get(event) ?? new Set();
      listeners.set(event, set.add(listener));
      return () => set.delete(listener);
    },
    /** From now on the visitor is whom this JWT names. */
    identify(jwt) {
      identity = jwt;
      panel?.identify(jwt);
    },
    shutdown,
  };
  launcher.addEventListener("click", () => (isOpen ? close() : open()));
  launcher.addEventListener("pointerenter", () => code().catch(() => {}), {once: true});
  show();
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin);

  function begin() {
    document.body.append(host);
    window.dispatchEvent(new Event("frontdesk:ready"));
    if ("requestIdleCallback" in window) requestIdleCallback(resume, {timeout: 2000});
    else setTimeout(resume, 200);
  }
})();
