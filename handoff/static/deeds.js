/** @import {Command} from "./commands.js" */
/** @import {Desk} from "./desk.js" */
/** @import {Lists} from "./lists.js" */
/** @import {Search} from "./search.js" */
/** @import {Palette} from "./palette.js" */
/** @import {Session} from "./shapes.js" */
/** @import {Say} from "./words.js" */
import {Problem} from "./api.js";
import {browse, nextWaiting, walk} from "./browsing.js";
import {customerOf} from "./called.js";
import {showKeys} from "./keys.js";
import {inOrder} from "./lists.js";
import {pagesOf} from "./pages.js";
import {addressOf, adminOf, go, HOME, place, searchOf} from "./place.js";
import {find} from "./search.js";
import {LANGUAGES, named, shortly} from "./words.js";

const FOUND_COUNT = 6;
const PAUSE_MS = 220;

/**
 * @typedef {{desk: Desk, text: Say, lists: Lists, search: Search, palette: Palette, root: HTMLElement, settings: () => void,
 *            switchTo: (language: string) => void, logOut: () => void}} Shell
 */

/** Registers everything that can be done from the page's frame. @param {Shell} shell @returns {() => void} takes it away again */
export function registerDeeds(shell) {
  const {desk} = shell;
  const all = [...ofOffers(shell), ...ofConversation(shell), ...ofLists(shell), ...ofStatus(shell), ...ofView(shell), ...ofPages(shell)];
  const stops = [desk.commands.register(...all), ...sources(shell).map((source) => desk.commands.source(source))];
  return () => stops.forEach((stop) => stop());
}

/** @param {Shell} shell @returns {Command[]} */
function ofOffers({desk, text, lists}) {
  const first = () => (desk.open && desk.offers.has(desk.open.id) ? desk.open.id : [...desk.offers.keys()][0]);
  const next = () => desk.queue.find((entry) => entry.stage === "queued" && !desk.offers.has(entry.session_id))?.session_id;
  return [
    {id: "offer.accept", title: text("deed.accept"), group: "queue", keys: "a", note: () => desk.offers.get(first())?.packet.wish ?? "", when: () => desk.offers.size > 0, run: () => lists.take(first())},
    {id: "offer.reject", title: text("deed.reject"), group: "queue", keys: "d", when: () => desk.offers.size > 0, run: () => lists.reject(first())},
    {id: "queue.take", title: text("deed.take"), group: "queue", keys: "shift+q", when: () => Boolean(next()), run: () => lists.take(/** @type {string} */ (next()))},
  ];
}

/** What stands beside the open conversation; what can be done with it, it registers itself. @param {Shell} shell @returns {Command[]} */
function ofConversation({text, desk}) {
  const isShown = () => place().isAbout;
  return [{id: "conversation.about", title: text("deed.about"), group: "conversation", keys: "i", when: () => Boolean(desk.open?.session), run: () => about(desk, isShown())}];
}

/** The right pane: gone to where it stands beside the others, opened and closed where it takes the screen. @param {Desk} desk @param {boolean} isShown */
function about({open}, isShown) {
  if (!open) return;
  const pane = /** @type {HTMLElement | null} */ (document.querySelector(".pane.about"));
  if (pane?.checkVisibility() && !isShown) pane.focus();
  else go(addressOf(open.id, isShown ? "" : "/about"));
}

/** @param {Shell} shell @returns {Command[]} */
function ofLists({desk, text, root, search}) {
  const to = (/** @type {string} */ name, /** @type {string} */ keys) => ({
    id: `list.${name}`, title: text("deed.list", {name: text(name)}), group: "sessions", keys,
    when: () => Boolean(root.querySelector(`.lists section.${name}:not([hidden]) a`)),
    run: () => (place().kind === "search" && go(HOME), setTimeout(() => /** @type {HTMLElement | null} */ (root.querySelector(`.lists section.${name} a`))?.focus())),
  });
  return [
    {id: "list.next", title: text("deed.next"), group: "sessions", keys: ["j", "alt+arrowdown"], run: () => browse(desk, walk(root, desk, 1))},
    {id: "list.previous", title: text("deed.previous"), group: "sessions", keys: ["k", "alt+arrowup"], run: () => browse(desk, walk(root, desk, -1))},
    {id: "list.waiting", title: text("deed.waiting"), group: "sessions", keys: "u", when: () => Boolean(nextWaiting(desk)), run: () => go(addressOf(/** @type {string} */ (nextWaiting(desk))))},
    {id: "search", title: text("deed.search"), group: "search", keys: "/", run: () => (place().kind === "search" ? search.focus() : go(searchOf("")))},
    to("offers", "g o"), to("mine", "g m"), to("queue", "g q"), to("others", "g t"), to("cases", "g c"),
    {id: "list.home", title: text("page.back"), group: "sessions", keys: "g h", run: () => go(HOME)},
  ];
}

/** @param {Shell} shell @returns {Command[]} */
function ofStatus({desk, text, palette}) {
  const set = async (/** @type {string} */ status) => {
    try {
      await desk.setStatus(status);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      desk.problem = error;
      desk.changed();
    }
  };
  const statuses = desk.settings.statuses.length ? desk.settings.statuses : ["available", "busy", "away", "wrap_up", "offline"];
  return [
    {id: "status", title: text("deed.status"), group: "view", keys: "s", run: () => palette.open("status")},
    ...statuses.map((status) => ({id: `status.${status}`, title: named(text, "status", status), group: "status", words: text("status"), note: () => (desk.agent?.status === status ? text("now") : ""), run: () => set(status)})),
  ];
}

/** @param {Shell} shell @returns {Command[]} */
function ofView({desk, text, palette, settings, switchTo, logOut}) {
  const theme = (/** @type {string} */ value) => ({
    id: `view.theme.${value}`, title: `${text("theme")}: ${text(`theme.${value}`)}`, group: "view", words: "theme dark light",
    when: () => desk.preferences.get("theme") !== value, run: () => desk.preferences.set("theme", value),
  });
  return [
    {id: "view.palette", title: text("palette"), group: "view", keys: "mod+k", run: () => palette.open()},
    {id: "view.keys", title: text("keys"), group: "view", keys: "?", run: () => showKeys(desk, text)},
    {id: "view.settings", title: text("settings"), group: "view", keys: "g ,", words: "preferences settings", run: settings},
    {id: "view.leave", title: text("deed.leave"), group: "view", keys: "escape", when: () => canLeave(), run: () => leave(desk)},
    ...["auto", "light", "dark"].map(theme),
    ...Object.entries(LANGUAGES).filter(([tag]) => tag !== text.language).map(([tag, name]) => ({id: `view.language.${tag}`, title: `${text("language")}: ${name}`, words: "language", group: "view", run: () => switchTo(tag)})),
    {id: "account.logout", title: text("logout"), group: "view", words: "log out", run: logOut},
  ];
}

/** @param {Shell} shell @returns {Command[]} */
function ofPages({desk, text}) {
  const keys = {knowledge: "g k", replies: "g r", hours: "g w", health: "g s", agents: "g a", audit: "g l"};
  return pagesOf(desk.agent).map((page) => ({id: `page.${page}`, title: text(`menu.${page}`), group: "pages", keys: keys[page], run: () => go(adminOf(page))}));
}

/** Escape leaves the field that is written in; then the page or the search that is open. */
const canLeave = () => isField(document.activeElement) || place().kind === "search" || place().kind === "admin" || Boolean(place().isAbout);

/** @param {Element | null} element */
const isField = (element) => Boolean(element?.matches("input, textarea, select"));

/** @param {Desk} desk */
function leave(desk) {
  if (isField(document.activeElement)) return void /** @type {HTMLElement} */ (document.activeElement).blur();
  const {isAbout, id} = place();
  go(isAbout && id ? addressOf(id) : desk.open && place().kind === "search" ? addressOf(desk.open.id) : HOME);
}

/** What the palette finds besides: conversations, who waits, and what the record holds. @param {Shell} shell */
function sources({desk, text}) {
  const line = (/** @type {Session} */ session) => ({
    id: `open.${session.id}`, title: customerOf(desk, text, session), group: "sessions", note: shortly(text, desk.tails.get(session.id)?.last?.text),
    run: () => go(addressOf(session.id)),
  });
  const asked = (/** @type {string} */ query) => ({id: "search.all", title: text("search.all", {query}), group: "search", words: "*", run: () => go(searchOf(query))});
  const looked = async (/** @type {string} */ query, /** @type {AbortSignal} */ signal) => {
    if (query.length < 2) return [];
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    if (signal.aborted) return [];
    const {items} = await find(desk, query, "", FOUND_COUNT);
    return items.map(({session, snippet}) => ({
      id: `found.${session.id}`, title: customerOf(desk, text, session), group: "search", words: "*", note: snippet, run: () => go(searchOf(query, session.id)),
    }));
  };
  return [
    {id: "sessions", group: "sessions", find: () => [...inOrder([...desk.sessions.values()]), ...desk.others].map(line)},
    {id: "queue", group: "queue", find: () => desk.queue.map((entry) => ({id: `queue.${entry.handoff_id}`, title: entry.wish || text("wish.none"), group: "queue", note: named(text, "reason", entry.reason), run: () => go(addressOf(entry.session_id))}))},
    {id: "search.all", group: "search", find: (/** @type {string} */ query) => (query ? [asked(query)] : [])},
    {id: "search.found", group: "search", find: looked},
  ];
}
