// @ts-check
/** What the conformance suite found, as it was written beside the page. */

import { CONFORMANCE } from "../paths.js";

/**
 * How many cases were played on redis-server and on the engine, and how many of them look the same; nothing if the
 * numbers are not there.
 * @returns {Promise<{ equal: number, cases: number } | undefined>}
 */
export async function readConformance() {
  try {
    const response = await fetch(CONFORMANCE);
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}
