// @ts-check
/** Faults as spans of time: those that happened, from the events, and those that the scenario plans. */

import { plainKind } from "../state/model.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("../types.js").PlannedAction} PlannedAction */
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

/** Which planned action ends which. @type {Record<string, string>} */
const ENDS = { cut: "heal", silence: "heal", freeze: "resume", crash: "restart" };

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

/** What the scenario will do behind what was recorded. @param {Model} model @returns {Fault[]} */
export function plannedFaults(model) {
  const actions = (model.scenario.actions ?? []).filter((action) => atMs(action) > model.end_ms);
  const taken = new Set();
  /** @type {Fault[]} */
  const faults = [];
  for (const action of actions) {
    if (taken.has(action)) continue;
    const ending = actions.find((other) => other.do === ENDS[action.do ?? ""] && endsAfter(action, other));
    if (ending) taken.add(ending);
    const name = action.link?.join(" – ") ?? action.node ?? action.client ?? "";
    const what = action.line ?? (action.do ?? "").replaceAll("_", " ");
    const words = action.line ? `${name}: ${what}` : `${what} ${name}`;
    faults.push({ from_ms: atMs(action), to_ms: atMs(ending ?? action), words, planned: true });
  }
  return faults;
}

/** @param {PlannedAction} begin @param {PlannedAction} end */
function endsAfter(begin, end) {
  const place = (/** @type {PlannedAction} */ action) => JSON.stringify(action.link ?? action.node);
  return place(begin) === place(end) && atMs(end) > atMs(begin);
}

/** @param {PlannedAction} action */
function atMs(action) {
  return action.at_ms ?? 0;
}
