/** @import {Frame} from "./frames.js" */
/** @import {Panel} from "./panel.js" */
import {attribute, h, icon, ICONS, say} from "./dom.js";

/**
 * "Continue in WeChat": fetched only where the site offers it. Shows a QR code, how long it lasts, and that it was scanned.
 *
 * It comes apart from the panel, whose names are shortened on their way out: it uses the panel's classes and none of its properties.
 */

const EN = {
  open: "Continue in WeChat",
  lead: "Scan this with WeChat and go on there. Our agents see what you have written here; it is not shown to anybody else.",
  press: "Press and hold the code, then choose to open it. You go on in WeChat, and our agents see what you have written here.",
  save: "Take a screenshot, then in WeChat choose Scan and pick it from your album. Our agents see what you have written here.",
  code: "QR code, to be scanned with WeChat",
  making: "Making the QR code…",
  lasts: "Valid for {time}",
  over: "This QR code has expired.",
  again: "New QR code",
  failed: "No QR code can be made right now. Please try again in a moment.",
  retry: "Try again",
  never: "Continuing in WeChat is not available at the moment. You can go on here.",
  done: "Linked with WeChat",
  doneLead: "You can go on in WeChat now. This chat stays open as well.",
  doubt: "An agent will check",
  doubtLead: "This WeChat account or this browser was linked with somebody else before. To protect your information an agent checks first; you can go on here, and ask in WeChat too.",
  ok: "Done",
  got: "Got it",
  close: "Close",
};

/** @type {Record<string, typeof EN>} */
const TEXTS = {
  en: EN,
  "zh-CN": {
    open: "在微信里继续",
    lead: "用微信“扫一扫”扫描二维码，就可以在微信里继续咨询。客服看得到您在这里说过的内容，其他人看不到。",
    press: "长按二维码并选择识别，就可以在微信里继续咨询。客服看得到您在这里说过的内容。",
    save: "请先截屏，再打开微信“扫一扫”，从相册里选择这张截屏。客服看得到您在这里说过的内容。",
    code: "二维码，请用微信扫描",
    making: "正在生成二维码…",
    lasts: "{time} 后失效",
    over: "二维码已失效。",
    again: "刷新二维码",
    failed: "暂时无法生成二维码，请稍后再试。",
    retry: "重试",
    never: "现在不能在微信里继续，您可以接着在这里咨询。",
    done: "已关联微信",
    doneLead: "您可以在微信里继续咨询了，这里的对话也会保留。",
    doubt: "等待客服核对",
    doubtLead: "这个微信或这个浏览器之前关联过别的客户。为保护您的信息，要由客服核对后再关联；您可以接着在这里咨询，也可以在微信里提问。",
    ok: "完成",
    got: "知道了",
    close: "关闭",
  },
  "zh-TW": {
    open: "在微信裡繼續",
    lead: "用微信「掃一掃」掃描 QR Code，就可以在微信裡繼續諮詢。客服看得到您在這裡說過的內容，其他人看不到。",
    press: "長按 QR Code 並選擇識別，就可以在微信裡繼續諮詢。客服看得到您在這裡說過的內容。",
    save: "請先截圖，再開啟微信「掃一掃」，從相簿裡選擇這張截圖。客服看得到您在這裡說過的內容。",
    code: "QR Code，請用微信掃描",
    making: "正在產生 QR Code…",
    lasts: "{time} 後失效",
    over: "QR Code 已失效。",
    again: "重新產生 QR Code",
    failed: "暫時無法產生 QR Code，請稍後再試。",
    retry: "重試",
    never: "現在不能在微信裡繼續，您可以接著在這裡諮詢。",
    done: "已關聯微信",
    doneLead: "您可以在微信裡繼續諮詢了，這裡的對話也會保留。",
    doubt: "等待客服核對",
    doubtLead: "這個微信或這個瀏覽器之前關聯過別的客戶。為保護您的資訊，要由客服核對後再關聯；您可以接著在這裡諮詢，也可以在微信裡提問。",
    ok: "完成",
    got: "知道了",
    close: "關閉",
  },
};

const STYLE = `
.onward { display: flex; align-items: center; justify-content: center; gap: 6px; width: 100%; margin: 6px 0 -6px; padding: 2px; min-height: 28px; font-size: 12.5px; font-weight: 400; }
.onward svg { width: 16px; height: 16px; margin: 0; }
.sheet::backdrop { background: none; }
.sheet .who { padding-block: 6px; }
.sheet .card { flex: 1; align-content: center; justify-items: center; gap: 16px; margin: 0; border: 0; border-radius: 0; text-align: center; overflow: auto; }
.sheet .card p { max-width: 30em; text-wrap: pretty; }
.sheet .card p:empty { position: absolute; }
.sheet .card [role=status] { font-size: 15px; font-weight: 600; color: inherit; }
.qr { display: grid; place-items: center; box-sizing: border-box; width: min(232px, 62vmin); aspect-ratio: 1; padding: 10px; border-radius: 12px; background: #fff; color: #111; }
.qr :is(svg, img) { width: 100%; height: 100%; stroke-width: 1; stroke-linecap: butt; shape-rendering: crispEdges; }
.qr:empty { display: none; }
.qr.over :is(svg, img) { opacity: .12; }
.qr.done { width: 88px; border-radius: 50%; background: #dff3e7; color: #067a43; }
.qr.doubt { background: #fdf0d9; color: #7d4e00; }
.qr.done svg { width: 44px; height: 44px; stroke-width: 2; stroke-linecap: round; shape-rendering: auto; }
.sheet [role=timer] { font-variant-numeric: tabular-nums; }
.sheet .primary { min-width: 128px; }
@media (forced-colors: active) { .qr { forced-color-adjust: none; } }
`;

const QR = "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2.5v2.5H14zM17.5 17.5H20V20h-2.5z";
const TICK = "M5 12.5l4.5 4.5L19 7.5";
const CLOCK = "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2";
const ASK_MAX_MS = 15_000;
const PHONE = "(max-width: 480px)";

/** Adds the entry to a panel. @param {Panel} panel */
export function join(panel) {
  new Onward(panel);
}

class Onward {
  /** @type {number | undefined} */ #timer;
  /** @type {HTMLDialogElement | undefined} */ #sheet;
  #asked = 0;

  /** @param {Panel} panel */
  constructor(panel) {
    const {conversation, door} = panel;
    this.panel = panel;
    this.text = TEXTS[door.locale] ?? EN;
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    door.root.adoptedStyleSheets.push(style);
    this.entry = h("button", {type: "button", class: "quiet onward", "aria-haspopup": "dialog", onclick: () => this.#open()}, icon(QR), this.text.open);
    panel.composer.element.append(this.entry);
    this.#offer();
    const {link} = conversation;
    const {onFrame} = link;
    link.onFrame = (frame) => (onFrame(frame), this.#offer(), this.#heard(frame));
    for (const end of /** @type {const} */ (["close", "stop"])) {
      const act = panel[end].bind(panel);
      panel[end] = () => (this.#close(), act());
    }
  }

  /** Not before the form that the site asks first. */
  #offer() {
    this.entry.hidden = Boolean(this.panel.conversation.form);
  }

  #open() {
    const {text} = this;
    this.title = h("h2", {id: "fd-onward"}, text.open);
    this.box = h("div", {class: "qr"});
    this.lead = h("p");
    this.left = h("p", {role: "timer"});
    this.news = h("p", {role: "status"});
    this.act = h("button", {type: "button", class: "primary", hidden: true});
    const close = h("button", {type: "button", class: "tool", "aria-label": text.close, title: text.close, onclick: () => this.#close()}, icon(ICONS.close));
    this.#sheet = h(
      "dialog",
      {class: "panel sheet", "aria-labelledby": "fd-onward", onclose: () => this.#close(), onkeydown: (/** @type {KeyboardEvent} */ event) => event.stopPropagation()},
      h("div", {class: "head"}, h("div", {class: "who"}, this.title), close),
      h("div", {class: "card"}, this.box, this.news, this.lead, this.left, this.act),
    );
    this.panel.door.root.append(this.#sheet);
    this.#sheet.showModal();
    close.focus();
    this.#make();
  }

  #close() {
    const sheet = this.#sheet;
    if (!sheet) return;
    this.#sheet = undefined;
    this.#asked++;
    clearInterval(this.#timer);
    sheet.remove();
    this.entry.focus();
  }

  /** Asks for a code and shows it. An answer to an earlier question is nobody's any more. */
  async #make() {
    const {conversation} = this.panel;
    const mine = ++this.#asked;
    this.#show("", this.text.making);
    try {
      const answer = await fetch(new URL("link", this.panel.door.base), {
        method: "POST",
        headers: {Authorization: `Bearer ${conversation.token}`},
        credentials: "omit",
        cache: "no-store",
        signal: AbortSignal.timeout(ASK_MAX_MS),
      });
      const made = await answer.json();
      if (mine !== this.#asked) return;
      if (answer.status === 404 || answer.status === 409) this.#show("", this.text.never);
      else if (!answer.ok) throw answer.status;
      else this.#shown(made);
    } catch {
      if (mine === this.#asked) this.#show("", this.text.failed, this.text.retry);
    }
  }

  /** @param {{svg: string, expires_at: string, claim: string}} made */
  #shown({svg, expires_at, claim}) {
    const {text} = this;
    const isPhone = matchMedia(PHONE).matches;
    this.panel.conversation.keep.save({link: claim});
    this.#show(isPhone ? (/MicroMessenger/i.test(navigator.userAgent) ? text.press : text.save) : text.lead, "");
    this.box?.append(isPhone ? picture(svg, text.code) : drawn(svg, text.code));
    const until = Date.parse(expires_at);
    const tick = () => {
      const leftS = Math.max(0, Math.ceil((until - this.panel.conversation.now) / 1000));
      if (this.left) say(this.left, leftS ? text.lasts.replace("{time}", `${Math.floor(leftS / 60)}:${String(leftS % 60).padStart(2, "0")}`) : "");
      if (leftS) return;
      clearInterval(this.#timer);
      this.box?.classList.add("over");
      this.#say("", text.over, text.again);
    };
    this.#timer = setInterval(tick, 1000);
    tick();
  }

  /** A welcome tells that the code was scanned. @param {Frame} frame */
  #heard({type, linked, link_doubtful: isDoubtful}) {
    if (type !== "welcome" || !(linked || isDoubtful) || !this.#sheet || !this.left?.textContent) return;
    this.#asked++;
    this.#show(linked ? this.text.doneLead : this.text.doubtLead, linked ? this.text.done : this.text.doubt, linked ? this.text.ok : this.text.got);
    this.box?.classList.add("done", ...(linked ? [] : ["doubt"]));
    this.box?.append(icon(linked ? TICK : CLOCK));
    this.act?.focus();
  }

  /** @param {string} lead @param {string} news @param {string} [act] */
  #show(lead, news, act) {
    clearInterval(this.#timer);
    if (this.box) this.box.className = "qr";
    this.box?.replaceChildren();
    if (this.left) say(this.left, "");
    this.#say(lead, news, act);
  }

  /** @param {string} lead @param {string} news @param {string} [act] */
  #say(lead, news, act) {
    if (!this.lead || !this.news || !this.act) return;
    say(this.lead, lead);
    say(this.news, news);
    const hadFocus = this.act.matches(":focus");
    this.act.hidden = !act;
    say(this.act, act ?? "");
    this.act.onclick = () => (act === this.text.ok || act === this.text.got ? this.#close() : this.#make());
    if (hadFocus && !act) this.#sheet?.querySelector("button")?.focus();
  }
}

/** The code as a drawing of our own, which no policy of the page can forbid. @param {string} svg @param {string} name */
function drawn(svg, name) {
  const [, size] = /viewBox="0 0 (\d+)/.exec(svg) ?? [];
  const [, path] = /stroke="#000"[^>]* d="([^"]+)"/.exec(svg) ?? [];
  const code = icon(path);
  for (const [key, value] of Object.entries({viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": name, "aria-hidden": null})) attribute(code, key, value);
  return code;
}

/** The code as a picture, which a phone can hold on to; where the page forbids that, as a drawing. @param {string} svg @param {string} name */
function picture(svg, name) {
  const image = h("img", {src: `data:image/svg+xml,${encodeURIComponent(svg)}`, alt: name, onerror: () => image.replaceWith(drawn(svg, name))});
  return image;
}
