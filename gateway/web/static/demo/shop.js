/** The demo shop: its English texts, and a button of its own that opens the chat. */
const ENGLISH = {
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
};

const isEnglish = new URLSearchParams(location.search).get("lang") === "en";

if (isEnglish) {
  document.documentElement.lang = "en";
  document.title = "Frontdesk demo shop · Foothill";
  for (const element of document.querySelectorAll("[data-text]")) {
    const key = /** @type {keyof typeof ENGLISH} */ (element.getAttribute("data-text"));
    element.textContent = ENGLISH[key];
  }
  document.querySelector("[href='/widget/']")?.setAttribute("href", "/widget/?lang=en");
  const other = /** @type {HTMLAnchorElement} */ (document.querySelector("[data-language]"));
  other.href = "?lang=zh";
  other.hreflang = other.lang = "zh-CN";
  other.textContent = "中文";
}

document.querySelector("[data-chat]")?.addEventListener("click", () => window.Frontdesk?.open());
