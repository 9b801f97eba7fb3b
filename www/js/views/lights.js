// @ts-check
/** What must hold in every run, as a row of lights and in a few words. Loaded when something was checked. */

import { CHECKS, lightsOf, stateOfLight } from "../state/lights.js";
import { wear } from "../styles/sheet.js";
import { h, List, setAttribute, setText } from "../ui/dom.js";

/** Until the run is checked up to so far behind the moment that is shown, in ms, the lights say how far they are. */
const BEHIND_MS = 2000;

const LOOKS = /* css */ `
.strip .lights:hover { background: var(--psync-sunk); color: var(--psync-ink); }
.strip .lights[data-level="lost"] { color: var(--level); font-weight: 600; }
.lights-row { display: inline-flex; gap: 3px; }
.lights-row i { width: 7px; height: 7px; border-radius: 50%; border: 1.5px solid var(--psync-down); }
.lights-row [data-state="holds"] { border-color: var(--psync-ok); background: var(--psync-ok); }
.lights-row [data-state="broken"] {
  border-color: var(--psync-lost); background: var(--psync-lost); border-radius: 1px; rotate: 45deg;
}
`;

/** Fills the button. @param {HTMLElement} element @returns {(model: import("../types.js").Model) => void} */
export function lightUp(element) {
  wear(LOOKS);
  const row = h("span", { class: "lights-row", "aria-hidden": "true" });
  const words = h("span", {});
  const list = new List(row, lamp);
  element.replaceChildren(row, words);
  return (model) => {
    const all = lightsOf(model);
    const states = all.map((light) => stateOfLight(light, model.now_ms));
    const unknown = Array.from({ length: CHECKS - states.length }, () => "waits");
    list.set([...unknown, ...states].map((state) => ({ state })));
    const said = wordsOf(model, states);
    setText(words, said);
    setAttribute(element, "data-level", states.includes("broken") ? "lost" : states.includes("holds") ? "ok" : "down");
    const broken = all.filter((_, index) => states[index] === "broken").map((light) => light.name);
    setAttribute(element, "aria-label", `Checks: ${[said, ...broken].join("; ")}`);
    setAttribute(element, "title", `What must hold in every run: ${[said, ...broken].join("; ")}`);
  };
}

function lamp() {
  const element = h("i", {});
  return {
    element,
    /** @param {{ state: string }} item */
    update: ({ state }) => setAttribute(element, "data-state", state),
  };
}

/** @param {import("../types.js").Model} model @param {string[]} states */
function wordsOf({ lights, now_ms, phase }, states) {
  const [broken, holding] = ["broken", "holds"].map((state) => states.filter((each) => each === state).length);
  if (broken > 0) return `${broken} of ${CHECKS} broken`;
  if (!lights) return `${CHECKS} checks`;
  if (phase === "ready" && !lights.done && lights.checked_ms < now_ms - BEHIND_MS) {
    return `checking, ${Math.floor((100 * lights.checked_ms) / now_ms)} %`;
  }
  if (holding === CHECKS) return `${CHECKS} of ${CHECKS} hold`;
  return `${holding} hold, ${CHECKS - holding} not reached`;
}
