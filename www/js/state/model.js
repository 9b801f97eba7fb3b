// @ts-check
/** The model before anything is known, and questions that several views ask of it. */

import { Frame } from "../frame.js";
import { History } from "./history.js";

/** @typedef {import("../types.js").Model} Model */

/** @type {import("../frame.js").Layout} */
const NO_LAYOUT = { header: {}, node: {}, link: {}, message: {}, carried: {} };

/** @returns {Model} */
export function emptyModel() {
  return {
    phase: "loading",
    failure: null,
    refusal: null,
    catalogue: [],
    scenarioId: "",
    scenario: {},
    labels: {
      title: "",
      question: "",
      story: "",
      seed: 0,
      duration_ms: 0,
      pause_at_ms: undefined,
      nodes: [],
      links: [],
      clients: [],
    },
    labelsRevision: -1,
    now_ms: 0,
    end_ms: 0,
    past: false,
    seq: 0,
    inputs: [],
    notice: "",
    told: true,
    fork: null,
    playing: false,
    speed: 1,
    reached: null,
    opening: false,
    ended: false,
    quiet: false,
    selection: { node: -1, link: -1 },
    tab: "inspector",
    beats: false,
    verdict: { level: "down", mark: "", headline: "", detail: "", node: -1 },
    nodeRows: [],
    linkRows: [],
    ruler: {
      history: "",
      node: -1,
      first_byte: 0,
      histlen: 0,
      size: 0,
      head: 0,
      rate_bytes_per_s: 0,
      markers: [],
      cliff_pinned: false,
    },
    events: [],
    eventsRevision: 0,
    info: "",
    sections: [],
    frames: [],
    config: [],
    directives: new Map(),
    consoleNode: 0,
    consoleLines: [],
    writes: { sent: 0, acknowledged: 0, refused: 0, unanswered: 0, errors: [], clients: [] },
    fates: null,
    lights: null,
    noReturns: [],
    frame: new Frame(NO_LAYOUT),
    history: new History(0, 100),
    messages: null,
  };
}

/** The end of the time strip: what was computed, what is planned, and some room. @param {Model} model */
export function stripEnd({ labels, scenario, end_ms }) {
  const planned = (scenario.actions ?? []).map((action) => (action.at_ms ?? 0) * 1.05);
  return Math.max(labels.duration_ms, end_ms * 1.04, ...planned, 1000);
}

/** The last event that has happened at this moment; a heartbeat only if heartbeats are shown. @param {Model} model */
export function lastEvent(model) {
  return model.events.findLast((row) => row.seq <= model.seq && (row.cause || model.beats));
}

/** Index of the link between two nodes, or -1. @param {Model} model @param {number} a @param {number} b */
export function linkBetween(model, a, b) {
  return model.labels.links.findIndex((link) => (link.a === a && link.b === b) || (link.a === b && link.b === a));
}

/** The link over which a node follows its master, or -1. @param {Model} model @param {number} node */
export function linkToMaster(model, node) {
  const master = masterOf(model, node);
  return master < 0 ? -1 : linkBetween(model, node, master);
}

/** The node that a node follows, or -1. @param {Model} model @param {number} node */
export function masterOf(model, node) {
  return node >= 0 && node < model.frame.nodes ? model.frame.node(node, "master") : -1;
}

/** The names of a link's two ends. @param {Model} model @param {number} link @returns {[string, string]} */
export function endsOf(model, link) {
  const { a, b } = model.labels.links[link];
  return [model.labels.nodes[a].name, model.labels.nodes[b].name];
}

/** An event's kind in one spelling, so that it can be compared. @param {string} kind */
export function plainKind(kind) {
  return kind.replace(/[^a-z]/gi, "").toLowerCase();
}

/** The replica that the scenario does something to next, or -1: the story is about it. @param {Model} model */
export function nextPlanned(model) {
  const next = (model.scenario.actions ?? []).find((action) => (action.at_ms ?? 0) >= model.now_ms);
  const names = next?.link ?? (next?.node ? [next.node] : []);
  const nodes = names.map((name) => model.labels.nodes.findIndex((node) => node.name === name));
  return nodes.find((node) => masterOf(model, node) >= 0) ?? nodes[0] ?? -1;
}
