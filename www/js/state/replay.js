// @ts-check
/**
 * Plays a recorded run once more from its beginning, in an engine handle of its own: for what is exported, and for a twin.
 * The run that is shown is not touched, and the page stays alive meanwhile.
 */

import { isPanic } from "../engine.js";

/** @typedef {import("../engine.js").Playground} Playground */
/** @typedef {import("../types.js").Recording} Recording */

/** The engine works for so long at a time, in wall time. */
const SLICE_MS = 12;

/**
 * Plays to the end of what was recorded. Every `every_ms` of virtual time, and at the end, `see` looks at it.
 * @param {import("../engine.js").Engine} engine
 * @param {Recording} recording
 * @param {import("../types.js").Replay} how `refused` is told of what was done and fits no more, `progress` now and then how
 *   much is done, 0 to 1, and `stopped` is asked whether nobody wants it any more
 * @returns {Promise<Playground | null>} the run at its end, for the caller to free; nothing if it was stopped
 */
export async function replay(engine, { scenario, seed, inputs, end }, how) {
  const playground = new engine.Playground(scenario, seed);
  const end_ns = end[0];
  let slice = performance.now();
  let next_ns = 0;
  /** Goes on almost to a time; `false` if nobody wants more. @param {number} to_ns */
  const advance = async (to_ns) => {
    // Not quite there: the last microsecond is gone to the nanosecond.
    while (playground.now_ms() * 1e6 < to_ns - 1000) {
      playground.advance(to_ns / 1e6 - playground.now_ms(), SLICE_MS);
      if (performance.now() - slice < SLICE_MS) continue;
      how.progress?.(end_ns > 0 ? (playground.now_ms() * 1e6) / end_ns : 1);
      await new Promise((resolve) => setTimeout(resolve));
      slice = performance.now();
      if (how.stopped?.()) return false;
    }
    return true;
  };
  /** Looks where looking is due before a time at which something is done or the run ends. @param {number} to_ns */
  const approach = async (to_ns) => {
    for (; next_ns < to_ns; next_ns += how.every_ms * 1e6) {
      if (!(await advance(next_ns))) return false;
      playground.go(next_ns, Infinity, Infinity);
      how.see(playground);
    }
    return true;
  };
  try {
    for (const { time_ns, order, done } of inputs) {
      if (!(await approach(time_ns))) return free(playground);
      playground.go(time_ns, order, Infinity);
      try {
        if ("do" in done) playground.action(done);
        else playground.console(done.node, done.line);
      } catch (error) {
        if (isPanic(error)) throw error;
        how.refused?.(error, done);
      }
    }
    if (!(await approach(end_ns))) return free(playground);
    playground.go(end_ns, end[1], end[2]);
    how.see(playground);
    return playground;
  } catch (error) {
    if (!isPanic(error)) playground.free();
    throw error;
  }
}

/** @param {Playground} playground @returns {null} */
function free(playground) {
  playground.free();
  return null;
}
