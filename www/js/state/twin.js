// @ts-check
/**
 * A twin: the same seed and what the reader did, in a scenario with one change, played from the beginning. Loaded when
 * somebody asks for one.
 */

import { Frame } from "../frame.js";
import { isPanic } from "../engine.js";
import { Beside, Comparison } from "./fork.js";
import { History } from "./history.js";
import { emptyModel } from "./model.js";
import { replay } from "./replay.js";
import { refusalOf } from "./store.js";

/** @typedef {import("../types.js").Refusal} Refusal */
/** @typedef {Record<string, any>} Scenario */
/** @typedef {import("./store.js").Store} Store */

/** Moments at which the twin is looked at on its way. */
const LOOKS = 1500;

/**
 * Plays the twin and puts it beside the run that is shown.
 * @param {Store} store
 * @param {(scenario: Scenario) => Scenario} change
 * @param {string} words what differs in it: "master – replica-1 over tcp"
 * @param {(share: number) => void} progress
 * @returns {Promise<Refusal | null>}
 */
export async function makeTwin(store, change, words, progress = () => {}) {
  store.pause();
  const { engine, model } = store;
  const recording = store.recording();
  if (!engine || !recording) return null;
  const run = store.run;
  const scenario = change(structuredClone(recording.scenario));
  const twin = Object.assign(emptyModel(), { scenario, frame: new Frame(engine.layout()), labels: model.labels });
  twin.history = new History(model.labels.nodes.length, model.history.bucket_ms);
  const beside = new Beside(/** @type {any} */ (undefined), twin, 0, "second run");
  /** @type {string[]} */
  const refused = [];
  let playground;
  try {
    playground = await replay(engine, { ...recording, scenario }, {
      every_ms: Math.max(100, recording.end[0] / 1e6 / LOOKS),
      see(each) {
        beside.reader.playground = each;
        beside.reader.labels();
        beside.reader.sample();
        beside.reader.events();
      },
      refused: (error) => refused.push(refusalOf(error).message),
      progress,
      // Another scenario was opened, or something was done meanwhile: nobody waits for this one.
      stopped: () => run !== store.run || !store.ready,
    });
  } catch (error) {
    if (isPanic(error)) store.fail("The engine stopped", error);
    return refusalOf(error);
  }
  if (!playground) return null;
  if (run !== store.run || !store.ready) {
    playground.free();
    return null;
  }
  beside.playground = playground;
  model.fork?.beside.playground.free();
  model.fork = { at_ms: 0, at_seq: 0, name: "first run", words, beside, comparison: new Comparison(0), other: false };
  Object.assign(model, { opening: false, ended: false });
  if (refused.length > 0) store.notice(`In the twin, something that was done makes no sense and was left out: ${refused[0]}`);
  store.refresh();
  store.listener.tell(`The second run stands beside the first, with ${words}.`);
  return null;
}

/**
 * The scenario with other settings of a link.
 * @param {[string, string]} ends
 * @param {Record<string, unknown>} settings
 * @returns {(scenario: Scenario) => Scenario}
 */
export function withLink(ends, settings) {
  return (scenario) => {
    const links = scenario.links ?? [];
    const same = (/** @type {{ between: string[] }} */ link) => ends.every((end) => link.between.includes(end));
    const known = links.find(same);
    const changed = { between: ends, ...known, ...settings };
    return { ...scenario, links: [...links.filter((/** @type {any} */ link) => link !== known), changed] };
  };
}

/**
 * The scenario with every link over TCP: those that it names, the others, and those that it changes on the way.
 * @param {Scenario} scenario
 * @returns {Scenario}
 */
export function overTcp(scenario) {
  const plain = (/** @type {Record<string, unknown>} */ settings) => ({ ...settings, ...(settings.transport ? { transport: "tcp" } : {}) });
  return {
    ...scenario,
    ...(scenario.default_link ? { default_link: plain(scenario.default_link) } : {}),
    ...(scenario.links ? { links: scenario.links.map(plain) } : {}),
    ...(scenario.actions ? { actions: scenario.actions.map(plain) } : {}),
  };
}

/**
 * The scenario with another value of a node's directive.
 * @param {string} name
 * @param {string} directive
 * @param {string} value
 * @returns {(scenario: Scenario) => Scenario}
 */
export function withDirective(name, directive, value) {
  return (scenario) => ({
    ...scenario,
    nodes: scenario.nodes.map((/** @type {any} */ node) =>
      node.name === name ? { ...node, config: { ...node.config, [directive]: value } } : node,
    ),
  });
}

/** The scenario without one of its planned actions. @param {number} index @returns {(scenario: Scenario) => Scenario} */
export function withoutAction(index) {
  return (scenario) => ({ ...scenario, actions: scenario.actions.filter((/** @type {unknown} */ _, /** @type {number} */ at) => at !== index) });
}
