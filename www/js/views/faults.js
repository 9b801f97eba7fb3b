// @ts-check
/** Faults as spans of time: those that happened, from the events, and those that the scenario plans. */

import { plainKind } from "../state/model.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {{ from_ms: number, to_ms: number, words: string, planned: boolean }} Fault */

/** Which kind of event begins a fault, which ends it, and its word. */
const BEGIN = new Map([
  ["linkcut", "cut"],
  ["linksilenced", "silent"],
  ["nodefrozen", "frozen"],
  ["nodestopped", "stopped"],
]);
const END = new Map([
  ["linkhealed", ["cut", "silent"]],
  ["noderesumed", ["frozen"]],
  ["nodestarted", ["stopped"]],
]);

/** Which planned action begins a fault, and which ends it. @type {Record<string, { word: string, end: string }>} */
const PLANNED = {
  cut: { word: "cut", end: "heal" },
  silence: { word: "silent", end: "heal" },
  freeze: { word: "freeze", end: "resume" },
  crash: { word: "crash", end: "restart" },
  promote: { word: "promote", end: "" },
  replicaof: { word: "follow another", end: "" },
  reset: { word: "reset", end: "" },
};

/** @param {Model} model @returns {Fault[]} */
export function faultsOf(model) {
  /** @type {Map<string, Fault>} */
  const open = new Map();
  /** @type {Fault[]} */
  const faults = [];
  for (const row of model.events) {
    if (!row.cause) continue;
    const kind = plainKind(row.kind);
    const place = row.link >= 0 ? `link ${row.link}` : `node ${row.node}`;
    const word = BEGIN.get(kind);
    if (word && !open.has(`${word} ${place}`)) {
      const name = row.link >= 0 ? model.labels.links[row.link]?.name : model.labels.nodes[row.node]?.name;
      const fault = { from_ms: row.time_ms, to_ms: Infinity, words: `${word}: ${name ?? ""}`, planned: false };
      open.set(`${word} ${place}`, fault);
      faults.push(fault);
    }
    for (const ended of END.get(kind) ?? []) {
      const fault = open.get(`${ended} ${place}`);
      if (fault) fault.to_ms = row.time_ms;
      open.delete(`${ended} ${place}`);
    }
  }
  return faults;
}

/** What the scenario will do from now on. @param {Model} model @returns {Fault[]} */
export function plannedFaults(model) {
  const actions = (model.scenario.actions ?? []).filter((action) => (action.at_ms ?? 0) > model.now_ms);
  /** @type {Fault[]} */
  const faults = [];
  for (const action of actions) {
    const plan = PLANNED[action.do ?? ""];
    if (!plan) continue;
    const place = JSON.stringify(action.link ?? action.node);
    const end = actions.find(
      (other) =>
        other.do === plan.end &&
        JSON.stringify(other.link ?? other.node) === place &&
        (other.at_ms ?? 0) > (action.at_ms ?? 0),
    );
    const name = action.link ? action.link.join(" – ") : (action.node ?? "");
    faults.push({
      from_ms: action.at_ms ?? 0,
      to_ms: end?.at_ms ?? action.at_ms ?? 0,
      words: `${plan.word} ${name}`,
      planned: true,
    });
  }
  return faults;
}
