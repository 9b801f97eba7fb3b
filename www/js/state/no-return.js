// @ts-check
/** Finds out, a slice at a time, since when each full resync was unavoidable. Loaded with the first that could be avoided. */

import { expectMore } from "../engine.js";

/** The engine searches so long, and rests so long, in wall time. */
const SLICE_MS = 6;
const REST_MS = 12;

/** Stores that are being searched. @type {WeakSet<import("./store.js").Store>} */
const searching = new WeakSet();

/** @param {import("./store.js").Store} store */
export async function findNoReturns(store) {
  if (searching.has(store)) return;
  searching.add(store);
  try {
    await expectMore();
    while (!slice(store)) await new Promise((resolve) => setTimeout(resolve, REST_MS));
  } finally {
    searching.delete(store);
  }
}

/** One slice; true when all is found. @param {import("./store.js").Store} store */
function slice(store) {
  const { model, playground, reader } = store;
  let done = true;
  if (!playground || model.phase === "failed") return done;
  store.guard("The engine stopped", () => {
    const answer = playground.no_returns(SLICE_MS);
    done = answer.done;
    const found = answer.found.filter((each) => each.seq <= reader.lastSeq);
    const news = found.filter((each) => !model.noReturns.some((known) => known.seq === each.seq));
    model.noReturns = found;
    // The numbers of a frame hold until the engine is called.
    reader.sample();
    if (news.length === 0) return;
    model.eventsRevision += 1;
    for (const { node, text } of news) store.listener.say(`Full resync of ${model.labels.nodes[node].name}: ${text}`);
    store.listener.text(model);
    store.listener.wake();
  });
  return done;
}
