/** @import {CallFacts} from "../shapes.js" */
/** @import {Fact} from "../about/facts.js" */
/** @import {Say} from "../words.js" */
import {h} from "/static/dom.js";
import {facts} from "../about/facts.js";
import {clock, momentOf} from "../moments.js";
import {percent} from "../parts.js";
import {named} from "../words.js";

/** What is written of a record in a way of its own. @type {Record<string, (value: any) => string>} */
const WRITTEN = {
  seconds: (value) => clock(Number(value)),
  loss: (value) => percent(Number(value)),
  jitter_ms: (value) => `${Math.round(Number(value))} ms`,
  way: (value) => (Array.isArray(value) ? value.join(" › ") : String(value)),
};

/** When they called, whom, and what the record of the call says, for whoever wants to know how good the line was. @param {Say} text @param {CallFacts} call */
export function recordOf(text, call) {
  const known = Object.entries(call.record ?? {}).filter(([key, value]) => key !== "why" && value !== null && value !== "" && typeof value !== "object" || key === "way");
  return [
    facts([
      [text("call.began"), momentOf(call.began_at, text)],
      [text("call.dialled"), call.dialled],
      ...known.map(([key, value]) => /** @type {Fact} */ ([named(text, "call.fact", key), h("bdi", {}, (WRITTEN[key] ?? String)(value))])),
    ]),
  ];
}
