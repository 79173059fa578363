/** @import {Knowledge} from "./page.js" */
import {goToEntry, goToView, route} from "./route.js";

const FOUND_COUNT = 8;
const PAUSE_MS = 200;

/** What the keyboard and the palette can do on this page. Keys of the desk that mean the same here do it here. @param {Knowledge} page @returns {() => void} takes it away */
export function commands(page) {
  const {desk, text, list} = page;
  /** A command of the desk by its id, which does something else as long as this page is there. @param {string} id @param {() => void} run */
  const instead = (id, run) => {
    const known = desk.commands.known.find((command) => command.id === id);
    return known ? [{...known, when: () => true, run}] : [];
  };
  const isField = () => document.activeElement?.matches("input, textarea, select");
  const blur = () => /** @type {HTMLElement} */ (document.activeElement).blur();
  const to = (/** @type {"new" | "changes" | "history" | "suggestions" | "check"} */ view, /** @type {string} */ title) => ({id: `knowledge.${view}`, title, group: "pages", words: "knowledge", when: () => (view === "new" ? page.library.standing.can.edit : view !== "suggestions" || desk.isSupervisor), run: () => goToView(view)});
  const stops = [
    desk.commands.register(
      ...instead("list.next", () => list.walk(1)),
      ...instead("list.previous", () => list.walk(-1)),
      ...instead("search", () => list.find.focus()),
      ...instead("view.leave", () => (isField() ? blur() : page.leave())),
      to("new", text("knowledge.add")), to("changes", text("knowledge.changes.see")), to("suggestions", text("knowledge.suggestions")), to("check", text("knowledge.check")), to("history", text("knowledge.history")),
      {id: "knowledge.try", title: text("knowledge.try"), group: "pages", words: "test", run: () => page.showTry()},
      {id: "knowledge.save", title: text("knowledge.save"), group: "pages", when: () => page.entry?.isDirty ?? false, run: () => page.entry?.form?.element.requestSubmit()},
    ),
    desk.commands.source({
      id: "knowledge.entries",
      group: "pages",
      find: async (query, signal) => {
        if (query.length < 2) return [];
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        const items = signal.aborted ? [] : await page.library.find(query, FOUND_COUNT);
        return items.filter((item) => item.id !== route().id).map((item) => ({id: `knowledge.entry.${item.id}`, title: item.title, group: "pages", words: "*", note: item.category ?? "", run: () => goToEntry(item.id)}));
      },
    }),
  ];
  return () => stops.forEach((stop) => stop());
}
