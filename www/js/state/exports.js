// @ts-check
/** What a run is made into: a trace for programs, and a table of numbers over time. `docs/exports.md` describes both. */

import { Frame, NODE_STATES } from "../frame.js";

/** @typedef {import("../engine.js").Playground} Playground */
/** @typedef {import("../types.js").ExportSource} ExportSource */
/** @typedef {import("../types.js").Labels} Labels */

/** A reader of another version does not understand this one. */
const TRACE_VERSION = 1;
const EVENTS_AT_ONCE = 1000;
/** Most events of a trace: about 60 MB of text. */
const MOST_EVENTS = 250_000;
/** The engine keeps a few thousand heartbeats: they are read before they leave. */
const TRACE_EVERY_MS = 1000;
/** Rows of a table, unless that would be less than one each 100 ms. */
const ROWS = 3000;
const LEAST_EVERY_MS = 100;

/**
 * Scenario, seed, what was done, every event, and the digest at the end.
 * @param {ExportSource} source
 */
export async function makeTrace({ recording, replay }) {
  /** @type {string[]} */
  const parts = [];
  /** @type {{ last: number, count: number, whole: boolean }} */
  const read = { last: 0, count: 0, whole: true };
  const see = (/** @type {Playground} */ playground) => {
    const labels = playground.labels();
    for (;;) {
      const rows = playground.trace(read.last, EVENTS_AT_ONCE);
      if (rows.length === 0) return;
      read.last = rows[rows.length - 1].seq;
      read.whole &&= read.count + rows.length <= MOST_EVENTS;
      if (!read.whole) return;
      read.count += rows.length;
      parts.push(rows.map((row) => JSON.stringify(named(row, labels))).join(",\n"));
    }
  };
  const playground = await replay({ every_ms: TRACE_EVERY_MS, see });
  if (!playground) return null;
  const labels = playground.labels();
  const { scenario, seed, inputs, end } = recording;
  const head = {
    format: "psync-trace",
    version: TRACE_VERSION,
    scenario,
    seed,
    inputs,
    end: { time_ns: end[0], order: end[1], inputs: end[2] },
    nodes: labels.nodes,
    links: labels.links.map(({ a, b }) => [labels.nodes[a].name, labels.nodes[b].name]),
    clients: labels.clients.map(({ name }) => name),
    digest: playground.digest(),
    whole: read.whole,
  };
  playground.free();
  return [JSON.stringify(head, null, 1).replace(/\n}$/, ',\n "events": [\n'), parts.join(",\n"), "\n]}\n"];
}

/**
 * An event with names instead of indices.
 * @param {import("../../pkg/psync_playground.js").TracedEvent} row
 * @param {Labels} labels
 */
function named({ seq, time_ms, node, peer, link, client, kind, cause, numbers, text }, labels) {
  const ends = labels.links[link];
  return {
    seq,
    time_ms,
    node: labels.nodes[node]?.name,
    peer: labels.nodes[peer]?.name,
    link: ends && [labels.nodes[ends.a].name, labels.nodes[ends.b].name],
    client: labels.clients[client]?.name,
    kind,
    cause,
    numbers,
    text,
  };
}

/**
 * One row a moment, one column a number: what the strip and the cards show, over the whole run.
 * @param {ExportSource} source
 */
export async function makeTable({ engine, recording, replay }) {
  const frame = new Frame(engine.layout());
  /** @type {string[]} */
  const lines = [];
  const see = (/** @type {Playground} */ playground) => {
    if (lines.length === 0) lines.push(columns(playground.labels()).map(cell).join(","));
    const { sent, acknowledged, refused, unanswered } = playground.writes();
    const time_ms = playground.now_ms();
    const names = playground.labels().nodes;
    frame.values = playground.frame();
    const nodes = names.flatMap((_, node) => nodeCells(frame, node));
    lines.push([Number(time_ms.toFixed(6)), ...nodes, sent, acknowledged, refused, unanswered].join(","));
  };
  const every_ms = Math.max(LEAST_EVERY_MS, Math.ceil(recording.end[0] / 1e6 / ROWS / LEAST_EVERY_MS) * LEAST_EVERY_MS);
  const playground = await replay({ every_ms, see });
  if (!playground) return null;
  playground.free();
  return [lines.join("\r\n"), "\r\n"];
}

/** @param {Labels} labels */
function columns({ nodes }) {
  const each = ["state", "offset_bytes", "gap_bytes", "since_last_ack_ms", "output_buffer_bytes"];
  const writes = ["sent", "acknowledged", "refused", "unanswered"].map((word) => `writes_${word}`);
  return ["time_ms", ...nodes.flatMap(({ name }) => each.map((word) => `${word} ${name}`)), ...writes];
}

/** The numbers of a node; what it has none of is an empty cell. @param {Frame} frame @param {number} node */
function nodeCells(frame, node) {
  const state = NODE_STATES[frame.node(node, "state")];
  if (state === "crashed") return ["down", "", "", "", ""];
  const offset = frame.node(node, "offset");
  const master = frame.node(node, "master");
  if (master < 0) return [state, offset, "", "", ""];
  const gap = NODE_STATES[frame.node(master, "state")] === "crashed" ? "" : frame.node(master, "offset") - offset;
  let link = 0;
  while (link < frame.links && frame.link(link, "replica") !== node) link += 1;
  if (link === frame.links) return [state, offset, gap, "", ""];
  const since = frame.link(link, "last_ack_ms_ago");
  const attached = frame.link(link, "attached") > 0;
  return [state, offset, gap, since < 0 ? "" : Number(since.toFixed(6)), attached ? frame.link(link, "output_bytes") : ""];
}

/** A text as a cell of RFC 4180. @param {string} text */
function cell(text) {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
