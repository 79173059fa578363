/** @import {CallFacts} from "../shapes.js" */
/** @import {Fact} from "../about/facts.js" */
/** @import {Say} from "../words.js" */
import {h} from "/static/dom.js";
import {facts} from "../about/facts.js";
import {clock, momentOf} from "../moments.js";
import {percent} from "../parts.js";
import {named} from "../words.js";

/** What is read of a record, in this order, and how it is written. @type {Record<string, (value: any) => string>} */
const WRITTEN = {
  seconds: (value) => clock(Number(value)),
  mos: (value) => `${Math.round(Number(value) * 10) / 10}`,
  loss: (value) => percent(Number(value)),
  jitter_ms: (value) => `${Math.round(Number(value))} ms`,
  round_trip_ms: (value) => `${Math.round(Number(value))} ms`,
  codec: String,
  turns: String,
  way: (value) => (Array.isArray(value) ? value.join(" › ") : String(value)),
};

/** When they called, whom, and what the record of the call says, for whoever wants to know how good the line was. @param {Say} text @param {CallFacts} call */
export function recordOf(text, call) {
  const record = withLoss(call.record ?? {});
  const known = Object.keys(WRITTEN).filter((key) => record[key] !== undefined && record[key] !== null && String(record[key]) !== "");
  return [
    facts([
      [text("call.began"), momentOf(call.began_at, text)],
      [text("call.dialled"), call.dialled],
      ...known.map((key) => /** @type {Fact} */ ([named(text, "call.fact", key), h("bdi", {}, WRITTEN[key](record[key]))])),
    ]),
  ];
}

/** The share of what was lost on the way to us, where only the packets were counted. @param {Record<string, any>} record */
function withLoss(record) {
  const {lost_packets: lost, received_packets: received} = record;
  if (record.loss !== undefined || !(lost + received > 0)) return record;
  return {...record, loss: lost / (lost + received)};
}
