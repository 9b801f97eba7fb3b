// @ts-check
/**
 * Two runs beside each other: the one that is shown and the one beside it, which keeps up with it, and the first thing that
 * happens in one of them only. They have one past (a fork), or differ from their beginning on (a twin).
 */

import { stamp } from "../ui/format.js";
import { Reader } from "./reader.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("../types.js").EventRow} EventRow */
/** @typedef {import("../types.js").Difference} Difference */
/** @typedef {import("../engine.js").Playground} Playground */
/** @typedef {import("./store.js").Store} Store */

const EVENTS_AT_ONCE = 1000;
/** The same event of two runs may lie so far apart: frames are a few bytes longer than what they carry. */
const SAME_MS = 1;
/** What happens instead, in the other run, is told if it is not later than this. */
const INSTEAD_MS = 5000;

/** The run that is not shown, with all that was read of it. */
export class Beside {
  /**
   * @param {Playground} playground
   * @param {Model} model what is known of the run; its own from now on
   * @param {number} lastSeq number of the last event that was read
   * @param {string} name
   */
  constructor(playground, model, lastSeq, name) {
    this.playground = playground;
    this.name = name;
    this.model = model;
    this.reader = new Reader(model);
    this.reader.playground = playground;
    this.reader.lastSeq = lastSeq;
  }

  get end_ms() {
    return this.model.end_ms;
  }

  get events() {
    return this.model.events;
  }

  /** Goes as far as the run that is shown, and stands where that stands. @param {Model} shown */
  keepUp(shown) {
    const { playground, reader, model } = this;
    if (shown.end_ms > model.end_ms) {
      playground.go(Math.round(shown.end_ms * 1e6), Infinity, Infinity);
      reader.events();
      reader.sample();
    }
    const now_ms = Math.min(shown.now_ms, model.end_ms);
    if (model.now_ms !== now_ms) playground.go(Math.round(now_ms * 1e6), Infinity, Infinity);
    model.now_ms = now_ms;
    model.verdict = playground.verdict();
  }
}

/** Finds the first difference, event by event as they come. What the shown run does is at 0, what the other does at 1. */
export class Comparison {
  /** @param {number} seq number of the last event that both share */
  constructor(seq) {
    this.from = seq;
    /** Numbers of the events that were read last. */
    this.read = [seq, seq];
    this.until_ms = 0;
    /** Turns of the story that were not compared yet. @type {[EventRow[], EventRow[]]} */
    this.turns = [[], []];
    /** All events, until heartbeats differ. @type {[EventRow[], EventRow[]]} */
    this.all = [[], []];
    /** When events of any kind differ first. @type {number | null} */
    this.beats_ms = null;
    /** @type {[EventRow | undefined, EventRow | undefined] | null} */
    this.found = null;
  }

  /** Begins anew: something else was done in the past. */
  restart() {
    Object.assign(this, new Comparison(this.from));
  }

  /** The other run is shown now. */
  swap() {
    for (const pair of [this.read, this.turns, this.all, this.found]) pair?.reverse();
  }

  /** Whether there is more to be read. @param {number} end_ms how far both have come */
  isBehind(end_ms) {
    return this.until_ms < end_ms;
  }

  /** Both runs stand at a moment: compares what happened before it. @param {Playground[]} runs @param {number} until_ms */
  look(runs, until_ms) {
    if (!this.isBehind(until_ms)) return;
    this.until_ms = until_ms;
    runs.forEach((run, index) => this.take(run, index, until_ms));
    while (this.beats_ms === null && this.all.every((rows) => rows.length > 0)) {
      const [ours, theirs] = this.all.map((rows) => /** @type {EventRow} */ (rows.shift()));
      if (!isSame(ours, theirs)) this.beats_ms = Math.min(ours.time_ms, theirs.time_ms);
    }
    if (this.beats_ms === null) this.beats_ms = (this.all[0][0] ?? this.all[1][0])?.time_ms ?? null;
    const [ours, theirs] = this.turns;
    while (!this.found && ours[0] && theirs[0] && isSame(ours[0], theirs[0])) this.turns.forEach((rows) => rows.shift());
    if (ours[0] || theirs[0]) this.found = [ours[0], theirs[0]];
  }

  /** @param {Playground} run @param {number} index @param {number} until_ms */
  take(run, index, until_ms) {
    for (;;) {
      // One of the runs may stand in the middle of this very moment.
      const rows = run.events(this.read[index], EVENTS_AT_ONCE).filter((row) => row.time_ms < until_ms);
      if (rows.length === 0) return;
      this.read[index] = rows[rows.length - 1].seq;
      if (this.beats_ms === null) this.all[index].push(...rows);
      // A lost segment is no turn of a story over TCP, but over frames it would be one.
      if (!this.turns[index].length || !this.found) {
        this.turns[index].push(...rows.filter((row) => row.cause || row.kind === "segment-lost"));
      }
    }
  }

  /** @returns {Difference | null} */
  get difference() {
    if (!this.found) return null;
    const time_ms = Math.min(...this.found.map((row) => row?.time_ms ?? Infinity));
    const [shown, beside] = this.found.map((row) => (row && row.time_ms - time_ms <= INSTEAD_MS ? row : null));
    return { time_ms, beats_ms: this.beats_ms, shown, beside };
  }
}

/** @param {EventRow} left @param {EventRow} right */
function isSame(left, right) {
  return Math.abs(left.time_ms - right.time_ms) < SAME_MS && left.kind === right.kind && left.node === right.node && left.text === right.text;
}

/** What a model knows of its run, to be kept beside. @param {Model} model @returns {Model} */
function aside(model) {
  return { ...model, events: [...model.events], fork: null };
}

/** Leaves the run as it is and goes on in a copy of it. @param {Store} store @param {string} [words] what will differ in it */
export function fork(store, words = "") {
  if (!store.ready) return;
  store.guard("The engine stopped", () => {
    const { model, playground, reader } = store;
    if (!playground) return;
    model.fork?.beside.playground.free();
    const beside = new Beside(playground, aside(model), reader.lastSeq, "first run");
    const comparison = new Comparison(model.seq);
    model.fork = { at_ms: model.now_ms, at_seq: model.seq, name: "second run", words, beside, comparison, other: false };
    playground.forget_messages();
    store.playground = playground.fork();
    const place = store.playground.place();
    model.inputs = model.inputs.slice(0, place[2]);
    model.history = model.history.copy();
    reader.playground = store.playground;
    reader.forgetFuture(model.seq);
    reader.unsearched = true;
    Object.assign(model, { opening: false, ended: false, lights: null });
    store.refresh();
    store.listener.tell(`Forked at ${stamp(model.now_ms)}: what is done now leaves the first run as it is.`);
  });
}

/** Shows the other run, at the same moment. @param {Store} store */
export function switchRuns(store) {
  store.guard("The engine stopped", () => {
    const { model, playground, reader } = store;
    const pair = model.fork;
    if (!pair || !playground) return;
    const other = pair.beside;
    playground.forget_messages();
    pair.beside = new Beside(playground, aside(model), reader.lastSeq, pair.name);
    pair.name = other.name;
    pair.other = !pair.other && pair.at_seq === 0;
    pair.comparison.swap();
    store.playground = reader.playground = other.playground;
    reader.lastSeq = other.reader.lastSeq;
    const { events, history, inputs, scenario, scenarioId } = other.model;
    Object.assign(model, { events, history, inputs, scenario, scenarioId, noReturns: [], lights: null });
    reader.unsearched = true;
    store.playground.go(Math.round(model.now_ms * 1e6), Infinity, Infinity);
    reader.moved();
    model.eventsRevision += 1;
    store.refresh();
    store.listener.tell(`The ${pair.name}, at ${stamp(model.now_ms)}.`);
  });
}

/** Keeps only the run that is shown. @param {Store} store */
export function joinRuns(store) {
  store.model.fork?.beside.playground.free();
  store.model.fork = null;
  store.refresh();
}

/** The run beside goes as far as the one that is shown, and both are compared up to there. @param {Store} store */
export function compare({ model, playground }) {
  const pair = model.fork;
  if (!pair || !playground) return;
  const { beside, comparison } = pair;
  beside.keepUp(model);
  const end_ms = Math.min(model.end_ms, beside.end_ms);
  if (!comparison.isBehind(end_ms)) return;
  // Their logs reach as far as they stand: both go to the end for a look, and back.
  const runs = [playground, beside.playground];
  const places = runs.map((run) => run.place());
  const away = runs.map((run) => run.now_ms() < end_ms);
  runs.forEach((run, index) => away[index] && run.go(Math.round(end_ms * 1e6), Infinity, Infinity));
  comparison.look(runs, end_ms);
  runs.forEach((run, index) => away[index] && run.go(places[index][0], places[index][1], places[index][2]));
}
