/** The demo shop: its texts in other languages than the page's own, and a button of its own that opens the chat. */
/** @type {Record<string, Record<string, string>>} */
const TEXTS = {
  "zh-TW": {
    brand: "山野生活",
    navGoods: "全部商品",
    navHelp: "說明中心",
    season: "秋季新品",
    headline: "把週末，留給山裡。",
    lead: "輕便、耐用、可以修。我們只做用得久的戶外用品，全館免運，七天內可退換。",
    look: "看看新品",
    ask: "詢問客服",
    goods: "本季好物",
    tent: "雲頂雙人帳篷",
    tentWhy: "1.9 公斤，防暴雨，三分鐘搭好",
    cup: "晨霧保溫杯",
    cupWhy: "500 毫升，十二小時後仍燙口",
    bag: "遠行背包 28 升",
    bagWhy: "回收布料，可拆洗背墊",
    lamp: "螢火營地燈",
    lampWhy: "三段暖光，一次充電亮四十小時",
    help: "常見問題",
    helpLead: "退款多久入帳、怎麼改地址、發票怎麼開：直接問右下角的智慧助理，需要時會為您轉接真人客服。",
    ship: "48 小時內出貨",
    shipWhy: "鄰近地區隔日到",
    back: "七天內可退換",
    backWhy: "退貨運費由我們負擔",
    fix: "終身維修",
    fixWhy: "只收零件成本",
    guide: "把這個聊天視窗放到您的網站",
    foot: "Frontdesk 示範商店：商品與價格均為虛構，客服是真的。",
  },
  en: {
    brand: "Foothill",
    navGoods: "All products",
    navHelp: "Help",
    season: "New this autumn",
    headline: "Keep your weekends for the hills.",
    lead: "Light, lasting, repairable. We only make outdoor things that stay with you. Free shipping, and seven days to change your mind.",
    look: "See what is new",
    ask: "Ask us",
    goods: "This season",
    tent: "Cloudtop tent for two",
    tentWhy: "1.9 kg, stormproof, up in three minutes",
    cup: "Morning Mist flask",
    cupWhy: "500 ml, still hot after twelve hours",
    bag: "Longway backpack 28 l",
    bagWhy: "Recycled fabric, washable back panel",
    lamp: "Firefly camp light",
    lampWhy: "Three warm levels, forty hours on one charge",
    help: "Good to know",
    helpLead: "Refund times, a changed address, an invoice: ask the assistant at the bottom right. It brings in a person when you need one.",
    ship: "Sent within 48 hours",
    shipWhy: "Next day nearby",
    back: "Seven days to return",
    backWhy: "We pay the postage",
    fix: "Repairs for life",
    fixWhy: "You pay for parts only",
    guide: "Put this chat on your own site",
    foot: "Frontdesk demo shop: products and prices are made up, the support is real.",
  },
};

const asked = new URLSearchParams(location.search).get("lang") ?? navigator.languages.find((tag) => /^zh/i.test(tag)) ?? "";
const language = /^en/i.test(asked) ? "en" : /^zh-(TW|HK|MO|Hant)/i.test(asked) ? "zh-TW" : "zh-CN";

if (language in TEXTS) {
  document.documentElement.lang = language;
  document.title = `Frontdesk demo shop · ${TEXTS[language].brand}`;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = TEXTS[language][element.getAttribute("data-text") ?? ""];
  document.querySelector("[href='/widget/']")?.setAttribute("href", `/widget/?lang=${language}`);
}
for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("[data-language]"))) link.hidden = link.lang === language;

document.querySelector("[data-chat]")?.addEventListener("click", () => window.Frontdesk?.open());
