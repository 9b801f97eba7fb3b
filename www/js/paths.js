// @ts-check
/**
 * Where this copy of the playground lies: everything that it fetches is found from here, so that it works in any
 * folder.
 * It stands beside the entry points, so that a bundle of them resolves the same addresses.
 */

export const SCENARIOS = new URL("../scenarios/", import.meta.url);
/** The page that a link to a moment opens. */
export const PAGE = new URL("../index.html", import.meta.url);

/** How many cases play the same on redis-server: the numbers, and every case. */
export const CONFORMANCE = new URL("../conformance.json", import.meta.url);
export const CONFORMANCE_TABLE = new URL("../conformance.html", import.meta.url);
