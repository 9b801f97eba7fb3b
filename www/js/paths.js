// @ts-check
/**
 * Where this copy of the playground lies: everything that it fetches is found from here, so that it works in any
 * folder.
 * It stands beside the entry points, so that a bundle of them resolves the same addresses.
 */

export const SCENARIOS = new URL("../scenarios/", import.meta.url);
