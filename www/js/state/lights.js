// @ts-check
/**
 * Checks in idle slices what must hold in every run: the engine plays the run a second time, up to where the reader
 * stands. Loaded when the reader begins to do something.
 */

import { stamp } from "../ui/format.js";

/** A slice is at most so long, in wall time, and comes at the latest after the pause. */
const SLICE_MS = 6;
const LATEST_MS = 120;
/** A browser that is never idle gives this much. */
const LEAST_MS = 3;
/** The views show how far it is this often. */
const SHOWN_EVERY_MS = 200;

/** Stores that are being checked. @type {WeakSet<import("./store.js").Store>} */
const checking = new WeakSet();

/** Checks up to where the reader stands, and goes on until that is reached. @param {import("./store.js").Store} store */
export async function checkRun(store) {
  if (checking.has(store)) return;
  checking.add(store);
  let shown = 0;
  try {
    for (;;) {
      const budget = await idle();
      const more = slice(store, budget);
      const now = performance.now();
      if (more && now - shown < SHOWN_EVERY_MS) continue;
      shown = now;
      store.listener.text(store.model);
      if (!more) return;
    }
  } finally {
    checking.delete(store);
  }
}

/** Waits until the browser has nothing else to do; says for how long it will have not. @returns {Promise<number>} */
function idle() {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback !== "function") {
      setTimeout(() => resolve(SLICE_MS), 2 * SLICE_MS);
      return;
    }
    const done = (/** @type {IdleDeadline} */ deadline) =>
      resolve(Math.min(SLICE_MS, Math.max(deadline.timeRemaining() - 1, LEAST_MS)));
    requestIdleCallback(done, { timeout: LATEST_MS });
  });
}

/** One slice; true while there is more to check. @param {import("./store.js").Store} store @param {number} budget_ms */
function slice(store, budget_ms) {
  const { model, playground, reader } = store;
  let more = false;
  if (!playground || !store.ready) return more;
  store.guard("The engine stopped", () => {
    const before = breaches(model).length;
    const answer = playground.lights(budget_ms);
    more = !answer.done;
    model.lights = answer;
    // The numbers of a frame hold until the engine is called.
    reader.sample();
    const found = breaches(model);
    if (found.length > before) store.listener.say(`Broken at ${stamp(found[0].time_ms)}: ${found[0].text}.`);
  });
  return more;
}

/** What is broken by now, the first first. @param {import("../types.js").Model} model */
function breaches({ lights, now_ms }) {
  const broken = lights?.lights.filter((light) => stateOfLight(light, now_ms) === "broken") ?? [];
  return broken.flatMap((light) => light.broken ?? []).sort((left, right) => left.time_ms - right.time_ms);
}

/** What must hold in every run is so many things. */
export const CHECKS = 8;

/** How each of them is, as far as the run is checked. A panic, which ends the run, breaks the last. @param {import("../types.js").Model} model */
export function lightsOf({ lights, failure }) {
  const all = lights?.lights ?? [];
  if (!failure?.panic) return all;
  const broken = { time_ms: failure.time_ms, text: failure.message, node: -1, other: -1 };
  return [...all.slice(0, -1), { name: "nothing panics", tried: 1, since_ms: 0, broken }];
}

/**
 * How it is at a moment; `waits` if nothing has put it to the test by then.
 * @param {import("../types.js").Light} light
 * @param {number} now_ms
 * @returns {"broken" | "holds" | "waits"}
 */
export function stateOfLight({ broken, since_ms }, now_ms) {
  // To the nanosecond, which is as exact as the engine is.
  const by = (/** @type {number | undefined} */ time_ms) => time_ms !== undefined && time_ms <= now_ms + 1e-6;
  if (by(broken?.time_ms)) return "broken";
  return by(since_ms) ? "holds" : "waits";
}
