/** The page's words, in three languages; a test holds them to the same keys. */

/** @typedef {(key: string, values?: Record<string, string | number>) => string} Say */

/** @type {Record<string, Record<string, string>>} */
export const TEXTS = {
  "zh-CN": {
    page: "客户的邮箱",
    language: "语言",
    customer: "客户",
    write: "写邮件",
    reply: "回复",
    none: "还没有邮件。给 {support} 写一封，几秒后就会收到回信。",
    pick: "选一封邮件来读，或者写一封新的。",
    subject_none: "（无主题）",
    head_from: "发件人",
    head_to: "收件人",
    head_cc: "抄送",
    head_reply_to: "回信地址",
    head_automatic: "自动发出",
    head_envelope: "退信地址",
    head_files: "附件",
    look: "邮件内容",
    plain: "纯文本",
    to: "收件人",
    cc: "抄送（多个地址用逗号隔开）",
    subject: "主题",
    words: "正文",
    files: "附件",
    send: "发送",
    sending: "正在发送…",
    sent: "已发送。回信会出现在收件箱里。",
    not_sent: "没有发出，请重试（{why}）",
    wrote: "{date}，{from} 写道：",
    ways: "模拟",
    way_is_proven: "发件人可证实（DMARC）",
    way_is_away: "客户外出，自动回复",
    way_is_refusing: "客户地址不存在（550）",
    way_is_greylisting: "灰名单，第一次先不收（450）",
    desk: "打开坐席工作台",
    lost: "与模拟器的连接断开了，正在重试…",
  },
  "zh-TW": {
    page: "客戶的信箱",
    language: "語言",
    customer: "客戶",
    write: "寫信",
    reply: "回覆",
    none: "還沒有郵件。寫一封給 {support}，幾秒後就會收到回信。",
    pick: "選一封郵件來讀，或寫一封新的。",
    subject_none: "（無主旨）",
    head_from: "寄件者",
    head_to: "收件者",
    head_cc: "副本",
    head_reply_to: "回信地址",
    head_automatic: "自動寄出",
    head_envelope: "退信地址",
    head_files: "附件",
    look: "郵件內容",
    plain: "純文字",
    to: "收件者",
    cc: "副本（多個地址以逗號分隔）",
    subject: "主旨",
    words: "內文",
    files: "附件",
    send: "寄出",
    sending: "正在寄出…",
    sent: "已寄出。回信會出現在收件匣裡。",
    not_sent: "沒有寄出，請重試（{why}）",
    wrote: "{date}，{from} 寫道：",
    ways: "模擬",
    way_is_proven: "寄件者可驗證（DMARC）",
    way_is_away: "客戶外出，自動回覆",
    way_is_refusing: "客戶地址不存在（550）",
    way_is_greylisting: "灰名單，第一次先不收（450）",
    desk: "開啟客服工作台",
    lost: "與模擬器的連線中斷了，正在重試…",
  },
  en: {
    page: "The customer's mailbox",
    language: "Language",
    customer: "Customer",
    write: "Write",
    reply: "Reply",
    none: "No mail yet. Write one to {support}: the answer is here some seconds later.",
    pick: "Pick a mail to read, or write one.",
    subject_none: "(no subject)",
    head_from: "From",
    head_to: "To",
    head_cc: "Cc",
    head_reply_to: "Reply-To",
    head_automatic: "Auto-Submitted",
    head_envelope: "Return-Path",
    head_files: "Files",
    look: "The mail",
    plain: "Plain text",
    to: "To",
    cc: "Cc (addresses with commas between them)",
    subject: "Subject",
    words: "Words",
    files: "Files",
    send: "Send",
    sending: "Sending…",
    sent: "Sent. The answer will be in the inbox.",
    not_sent: "Not sent, try again ({why})",
    wrote: "{date}, {from} wrote:",
    ways: "What happens",
    way_is_proven: "Senders are proven (DMARC)",
    way_is_away: "Customers are away: their programs answer",
    way_is_refusing: "Customers' addresses are gone (550)",
    way_is_greylisting: "Greylisting: refused at first (450)",
    desk: "Open the agents' desk",
    lost: "The simulator cannot be reached, trying again…",
  },
};

/** The language that the browser prefers, of those there are. @returns {string} */
export function preferred() {
  const chosen = new URLSearchParams(location.search).get("lang");
  if (chosen && chosen in TEXTS) return chosen;
  for (const tag of navigator.languages) {
    if (/^zh-(TW|HK|MO|Hant)/i.test(tag)) return "zh-TW";
    if (/^zh/i.test(tag)) return "zh-CN";
    if (/^en/i.test(tag)) return "en";
  }
  return "en";
}

/** @param {string} language @returns {Say} */
export const words = (language) => (key, values = {}) =>
  (TEXTS[language][key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
