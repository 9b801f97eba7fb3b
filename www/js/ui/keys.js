// @ts-check
/** Keys of the player. They work only while it has the focus, and never while the reader types. */

/**
 * @typedef {object} KeyTarget
 * @property {() => void} toggle
 * @property {(cause: boolean) => void} step
 * @property {(cause: boolean) => void} stepBack
 * @property {() => void} home
 * @property {() => void} toEnd
 * @property {(by: 1 | -1) => void} shiftSpeed
 * @property {(node: number) => void} selectNode
 * @property {() => void} cutOrHeal
 * @property {() => void} freezeOrResume
 * @property {() => void} promote
 * @property {() => void} writeOnce
 * @property {() => void} share
 * @property {() => void} save
 * @property {() => void} nextStep
 * @property {() => void} previousStep
 * @property {() => void} fork
 * @property {() => void} messages
 * @property {() => void} twin
 * @property {() => void} help
 */

/** Shown in the key sheet. */
export const KEYS = [
  { shown: "space", does: "play or pause" },
  { shown: "← →", does: "the event before, the next event, heartbeats included" },
  { shown: "shift ← →", does: "the same with events that turn the story only" },
  { shown: "home, end", does: "the beginning, the last moment that was reached" },
  { shown: "↑ ↓", does: "faster, slower" },
  { shown: "1 – 9", does: "select a node" },
  { shown: "x", does: "cut or heal the selected link, or the selected node's link to its master" },
  { shown: "z", does: "freeze or resume the selected node" },
  { shown: "p", does: "promote the selected replica" },
  { shown: "w", does: "one write" },
  { shown: "b", does: "fork here: go on in a copy, with the first run beside it" },
  { shown: "t", does: "twin: the same run with one thing changed, beside this one" },
  { shown: "n, shift n", does: "in a story told in steps: the next step, the step before" },
  { shown: "m", does: "the space-time diagram: every message as a line" },
  { shown: "s", does: "copy a link to this moment" },
  { shown: "e", does: "export: save the run as a trace or a table" },
  { shown: "?", does: "this sheet" },
];

/** @type {Record<string, (target: KeyTarget, event: KeyboardEvent) => void>} */
const ACTS = {
  " ": (target) => target.toggle(),
  ArrowRight: (target, event) => target.step(event.shiftKey),
  ArrowLeft: (target, event) => target.stepBack(event.shiftKey),
  Home: (target) => target.home(),
  End: (target) => target.toEnd(),
  ArrowUp: (target) => target.shiftSpeed(1),
  ArrowDown: (target) => target.shiftSpeed(-1),
  x: (target) => target.cutOrHeal(),
  z: (target) => target.freezeOrResume(),
  p: (target) => target.promote(),
  w: (target) => target.writeOnce(),
  b: (target) => target.fork(),
  m: (target) => target.messages(),
  s: (target) => target.share(),
  t: (target) => target.twin(),
  n: (target) => target.nextStep(),
  N: (target) => target.previousStep(),
  e: (target) => target.save(),
  "?": (target) => target.help(),
};

/**
 * @param {KeyboardEvent} event
 * @param {KeyTarget} target
 */
export function handleKey(event, target) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const from = /** @type {HTMLElement} */ (event.composedPath()[0]);
  if (belongsTo(from, event.key)) return;
  const digit = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
  const act = ACTS[event.key];
  if (digit > 0) target.selectNode(digit - 1);
  else if (act) act(target, event);
  else return;
  event.preventDefault();
}

/** Whether the key already means something where it was pressed. @param {HTMLElement} from @param {string} key */
function belongsTo(from, key) {
  if (from.closest?.("input:not([type=checkbox]), textarea, select, dialog")) return true;
  if (key === " ") {
    // A node or link that is already selected has nothing more to do with the space bar.
    const control = from.closest?.("button, input, summary");
    return control !== null && control !== undefined && control.getAttribute("aria-pressed") !== "true";
  }
  if (/^(Arrow|Home$|End$)/.test(key)) return from.closest?.("[data-scroll], [role=tab]") !== null;
  return false;
}
