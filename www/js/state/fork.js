// @ts-check
/**
 * Two runs with one past: the one that is shown and the one beside it, and the first event in which they differ. The run
 * beside keeps up with the one that is shown, so that the same moment of both can be looked at.
 */

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("../types.js").SeenEvent} SeenEvent */
/** @typedef {import("../types.js").Difference} Difference */

const EVENTS_AT_ONCE = 1000;
const MOST_EVENTS = 3000;

/** The run that is not shown, with all that was read of it. */
export class Beside {
  /**
   * @param {import("../engine.js").Playground} playground
   * @param {Model} model what is known of the run at present
   * @param {number} lastSeq number of the last event that was read
   * @param {string} name
   */
  constructor(playground, model, lastSeq, name) {
    this.playground = playground;
    this.name = name;
    this.events = [...model.events];
    this.history = model.history;
    this.inputs = model.inputs;
    this.end_ms = model.end_ms;
    this.lastSeq = lastSeq;
  }

  /** Goes as far as the run that is shown. @param {number} time_ms */
  keepUp(time_ms) {
    if (time_ms <= this.end_ms) return;
    this.playground.go(Math.round(time_ms * 1e6), Infinity, Infinity);
    this.end_ms = time_ms;
    const rows = this.playground.events(this.lastSeq, EVENTS_AT_ONCE);
    this.lastSeq = rows.at(-1)?.seq ?? this.lastSeq;
    this.events = this.events.concat(rows).slice(-MOST_EVENTS);
  }
}

/**
 * The first event behind the fork that one run has and the other has not.
 * @param {number} since number of the last event that both share
 * @param {{ events: SeenEvent[], end_ms: number }} shown
 * @param {{ events: SeenEvent[], end_ms: number }} beside
 * @returns {Difference | null}
 */
export function firstDifference(since, shown, beside) {
  const ours = shown.events.filter((row) => row.seq > since);
  const theirs = beside.events.filter((row) => row.seq > since);
  const at = ours.findIndex((row, index) => !theirs[index] || !isSame(row, theirs[index]));
  const [mine, other] = at < 0 ? [undefined, theirs[ours.length]] : [ours[at], theirs[at]];
  const time_ms = Math.min(mine?.time_ms ?? Infinity, other?.time_ms ?? Infinity);
  // Behind the end of either run nothing is known of it.
  if (time_ms > Math.min(shown.end_ms, beside.end_ms)) return null;
  const then = (/** @type {SeenEvent | undefined} */ row) => (row?.time_ms === time_ms ? row.text : "");
  return { time_ms, shown: then(mine), beside: then(other) };
}

/** @param {SeenEvent} left @param {SeenEvent} right */
function isSame(left, right) {
  return left.time_ms === right.time_ms && left.kind === right.kind && left.node === right.node && left.text === right.text;
}
