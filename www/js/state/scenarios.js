// @ts-check
/** Where scenarios come from: the catalogue beside the page, a file of the embedding page, or text of the reader. */

import { SCENARIOS } from "../paths.js";
import { isId } from "./link.js";

/** A scenario could not be read; the page keeps what it ran. */
export class ScenarioReadError extends Error {}

/** @returns {Promise<import("../types.js").ScenarioEntry[]>} */
export async function readCatalogue() {
  return /** @type {any} */ (await readJson(new URL("index.json", SCENARIOS)));
}

/**
 * Reads a scenario by its id in the catalogue, or by an address relative to the embedding page.
 * @param {string} reference `long-cut`, `./mine.json`, `https://…`
 */
export function readScenario(reference) {
  return readJson(isId(reference) ? new URL(`${reference}.json`, SCENARIOS) : new URL(reference, document.baseURI));
}

/** @param {URL} url @returns {Promise<Record<string, unknown>>} */
async function readJson(url) {
  const response = await fetch(url).catch((error) => {
    throw new ScenarioReadError(`${url.href} could not be fetched: ${error.message}`);
  });
  if (!response.ok) throw new ScenarioReadError(`${url.href} answered ${response.status} ${response.statusText}`);
  return parseScenario(await response.text());
}

/** Parses JSON; the error says where it stops being JSON. @param {string} text @returns {Record<string, unknown>} */
export function parseScenario(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ScenarioReadError(`This is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}
