// @ts-check
/** The narration of a scenario: which step the moment belongs to, and the way from step to step. */

import { stamp } from "../ui/format.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("../types.js").Step} Step */
/** @typedef {import("./store.js").Store} Store */

/** Times are exact to the nanosecond. */
const EXACT_MS = 1e-6;

/** The steps that are told; none if the reader put the narration away. @param {Model} model @returns {Step[]} */
export function stepsOf(model) {
  return model.told ? (model.scenario.steps ?? []) : [];
}

/** Index of the step that the moment belongs to; the first also stands for what comes before it. @param {Model} model */
export function stepAt(model) {
  const steps = stepsOf(model);
  return Math.max(
    steps.findLastIndex((step) => step.at_ms <= model.now_ms + EXACT_MS),
    0,
  );
}

/** Where the run rests next while it plays: at the next step, or at the end of the story. @param {Model} model */
export function restAt(model) {
  const next = stepsOf(model).find((step) => step.at_ms > model.now_ms + EXACT_MS);
  return next?.at_ms ?? model.labels.duration_ms;
}

/**
 * To the next step: plays up to it, or goes there at once if it plays already or the reader wants no motion.
 * @param {Store} store
 */
export function nextStep(store) {
  const { model } = store;
  const steps = stepsOf(model);
  const next = steps.find((step) => step.at_ms > model.now_ms + EXACT_MS);
  if (!store.ready || !next) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (model.playing || store.target !== null || still) goTo(store, next);
  else store.play();
}

/** Back to the step before. @param {Store} store */
export function previousStep(store) {
  const steps = stepsOf(store.model);
  if (store.ready && steps.length > 0) goTo(store, steps[Math.max(stepAt(store.model) - 1, 0)]);
}

/** @param {Store} store @param {Step} step */
function goTo(store, step) {
  Object.assign(store.model, { playing: false, reached: null });
  store.seek(step.at_ms, () => arrive(store));
}

/** Stands at a step: selects what it is about, and reads it aloud. @param {Store} store */
export function arrive(store) {
  const { model } = store;
  const steps = stepsOf(model);
  const index = stepAt(model);
  const step = steps[index];
  if (!step || Math.abs(step.at_ms - model.now_ms) > EXACT_MS * 2) return;
  const { nodes, links } = model.labels;
  const place = (/** @type {string | undefined} */ name) => nodes.findIndex((node) => node.name === name);
  const ends = (step.link ?? []).map(place);
  const link = links.findIndex(({ a, b }) => ends.length === 2 && ends.includes(a) && ends.includes(b));
  if (step.node) store.selectNode(place(step.node));
  else if (link >= 0) store.selectLink(link);
  const words = step.question ? `${step.question} The answer is shown when you want it.` : step.text;
  store.listener.tell(`Step ${index + 1} of ${steps.length}, at ${stamp(step.at_ms)}: ${step.title}. ${words}`);
}
