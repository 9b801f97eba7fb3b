// @ts-check
/** Reads the engine into the model: text when it is shown, numbers once a frame, events as they come. */

import { masterOf, plainKind } from "./model.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("../types.js").EventRow} EventRow */
/** @typedef {import("../types.js").SeenEvent} SeenEvent */

const MOST_EVENTS = 3000;
const EVENTS_AT_ONCE = 1000;
/** Settings change rarely, and there are many. */
const CONFIG_EVERY_MS = 1000;
/** Writes are traced for so much wall time at each reading. */
const TRACE_MS = 6;

export class Reader {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    /** @type {import("../engine.js").Playground | undefined} */
    this.playground = undefined;
    /** Reads what links carry, while the diagram is shown. @type {import("./messages.js").Watch | null} */
    this.watch = null;
    /** Number of the last event that was read; they count from 1. */
    this.lastSeq = 0;
    /** Causes that were not read aloud yet. @type {EventRow[]} */
    this.newCauses = [];
    /** A replica that had been in step needed a full resync, and it was not asked yet since when. */
    this.unsearched = false;
    /** @type {Map<number, { next: number, lines: import("../types.js").ConsoleLine[] }>} */
    this.consoles = new Map();
    /** Whose settings were read, and when. @type {{ node: number, at: number }} */
    this.config = { node: -1, at: -Infinity };
  }

  /** Begins with another run. @param {import("../engine.js").Playground | undefined} playground */
  start(playground) {
    this.playground = playground;
    this.lastSeq = 0;
    this.newCauses = [];
    this.unsearched = false;
    this.consoles = new Map();
    this.config = { node: -1, at: -Infinity };
  }

  /** The run stands elsewhere: what was read of another moment holds no more. */
  moved() {
    this.consoles = new Map();
    this.config = { node: -1, at: -Infinity };
    this.model.labelsRevision = -1;
  }

  /** Something else was done in the past: what was recorded behind it is gone. @param {number} seq its last event */
  forgetFuture(seq) {
    const { model } = this;
    model.events = model.events.filter((row) => row.seq <= seq);
    model.eventsRevision += 1;
    model.noReturns = model.noReturns.filter((found) => found.seq <= seq);
    model.history.truncate(model.now_ms);
    this.lastSeq = seq;
    this.newCauses = [];
  }

  get engine() {
    if (!this.playground) throw new Error("no run");
    return this.playground;
  }

  labels() {
    const revision = this.engine.revision();
    if (revision === this.model.labelsRevision) return;
    this.model.labels = this.engine.labels();
    this.model.labelsRevision = revision;
  }

  /** Everything that is read as text. Calls the engine, so the frame is stale afterwards: `sample` follows. */
  text() {
    const { engine, model } = this;
    this.labels();
    this.watch?.read(engine);
    model.verdict = engine.verdict();
    model.nodeRows = engine.node_rows();
    model.linkRows = engine.link_rows();
    model.ruler = engine.ruler();
    model.writes = engine.writes();
    this.events();
    this.panel();
    this.sample();
  }

  events() {
    const { engine, model } = this;
    for (;;) {
      /** @type {EventRow[]} */
      const rows = engine.events(this.lastSeq, EVENTS_AT_ONCE);
      const fresh = rows.filter((row) => row.seq > this.lastSeq);
      if (fresh.length === 0) return;
      this.lastSeq = fresh[fresh.length - 1].seq;
      model.events.push(...fresh.map((row) => this.withEnds(row)));
      model.eventsRevision += 1;
      this.newCauses.push(...fresh.filter((row) => row.cause));
      this.unsearched ||= fresh.some((row) => plainKind(row.kind) === "fullrequired" && this.hadHistory(row));
      if (model.events.length > MOST_EVENTS) model.events = dropOldest(model.events);
      if (rows.length < EVENTS_AT_ONCE) return;
    }
  }

  /** Whether the replica that needs a full resync had a history before. @param {EventRow} event */
  hadHistory({ seq, peer, level }) {
    // A first one is a snapshot like others; the rest are losses.
    if (level === "lost") return true;
    const kinds = ["fullresynced", "partialresynced"];
    return this.model.events.some((row) => row.seq < seq && row.node === peer && kinds.includes(plainKind(row.kind)));
  }

  /** A heartbeat with its receivers, which may be others later. @param {EventRow} row @returns {SeenEvent} */
  withEnds(row) {
    const kind = row.cause ? "" : plainKind(row.kind);
    if (kind === "acksent" && row.peer >= 0) return { ...row, ends: [row.peer] };
    if (kind !== "pingsent") return row;
    const nodes = this.model.labels.nodes.map((_, node) => node);
    return { ...row, ends: nodes.filter((node) => masterOf(this.model, node) === row.node) };
  }

  /** Causes since the last call; those on the way to the opening moment are not news. */
  takeNewCauses() {
    const causes = this.model.opening ? [] : this.newCauses;
    this.newCauses = [];
    return causes;
  }

  /** What the open tab shows. */
  panel() {
    const { engine, model } = this;
    const { node, link } = model.selection;
    if (model.tab === "inspector" || model.tab === "events") {
      model.sections = node >= 0 ? engine.inspect_node(node) : link >= 0 ? engine.inspect_link(link) : [];
      model.frames = link >= 0 ? engine.frames(link) : [];
      model.info = node >= 0 ? engine.info(node, "replication") : "";
    } else if (model.tab === "console") {
      this.console();
    } else if (model.tab === "settings") {
      this.console();
      this.settings();
    } else if (model.tab === "writes") {
      model.fates = engine.fates(TRACE_MS);
    }
  }

  console() {
    const { engine, model } = this;
    const node = model.consoleNode;
    const known = this.consoles.get(node) ?? { next: 0, lines: [] };
    this.consoles.set(node, known);
    const { next, lines } = engine.console_output(node, known.next);
    known.next = next;
    if (lines.length > 0 || model.consoleLines.length !== known.lines.length) {
      known.lines = known.lines.concat(lines).slice(-500);
    }
    model.consoleLines = known.lines;
  }

  settings() {
    const { engine, model, config } = this;
    const node = model.consoleNode;
    const now = performance.now();
    if (config.node === node && now - config.at < CONFIG_EVERY_MS && model.playing) return;
    this.config = { node, at: now };
    model.config = engine.config(node);
  }

  /**
   * The packed numbers, and what the time strip keeps of them. The engine is not called again before they are
   * drawn.
   */
  sample() {
    const { engine, model } = this;
    this.watch?.keepUp(engine);
    const place = engine.place();
    model.now_ms = engine.now_ms();
    model.end_ms = Math.max(place[3] / 1e6, model.now_ms);
    model.past = [0, 1, 2].some((part) => place[part] !== place[part + 3]);
    if (model.seq !== place[6]) model.eventsRevision += 1;
    model.seq = place[6];
    model.frame.values = engine.frame();
    for (let node = 0; node < model.frame.nodes; node += 1) {
      const master = masterOf(model, node);
      if (master < 0) continue;
      const gap = model.frame.node(master, "offset") - model.frame.node(node, "offset");
      model.history.note(model.now_ms, node, Math.max(0, gap));
    }
  }
}

/** Keeps causes longer than heartbeats. @param {SeenEvent[]} events */
function dropOldest(events) {
  const spare = events.length - MOST_EVENTS / 2;
  let dropped = 0;
  const kept = events.filter((row) => row.cause || (dropped += 1) > spare);
  return kept.slice(-MOST_EVENTS);
}
