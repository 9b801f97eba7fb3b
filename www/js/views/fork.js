// @ts-check
/** Two runs with one past: which is shown, where they part, and the first thing that happens in one of them only. */

import { h, setAttribute, setShown, setText } from "../ui/dom.js";
import { stamp } from "../ui/format.js";
import { icon } from "../ui/icons.js";

/**
 * @param {{ switchRuns: () => void, joinRuns: () => void }} page
 * @returns {import("../types.js").View}
 */
export function forkView(page) {
  const runs = ["first run", "second run"].map((name, index) =>
    h(
      "button",
      {
        class: "button",
        type: "button",
        "data-role": index === 0 ? "run-first" : "run-second",
        onclick: (/** @type {MouseEvent} */ event) =>
          /** @type {HTMLElement} */ (event.currentTarget).getAttribute("aria-pressed") === "false" && page.switchRuns(),
      },
      name,
    ),
  );
  const words = h("p", { "data-role": "difference" });
  const close = h(
    "button",
    { class: "button plain", type: "button", "data-role": "join", "aria-label": "Keep only the run that is shown", onclick: page.joinRuns },
    icon("close"),
  );
  const element = h("div", { class: "fork", role: "group", "aria-label": "Two runs", hidden: true }, ...runs, words, close);
  return {
    element,
    text({ fork }) {
      setShown(element, fork !== null);
      if (!fork) return;
      runs.forEach((run, index) => setAttribute(run, "aria-pressed", (fork.name === "first run") === (index === 0) ? "true" : "false"));
      setText(words, sentence(fork));
    },
  };
}

/** @param {import("../types.js").Fork} fork */
function sentence({ at_ms, name, beside, difference }) {
  const since = `Two runs since ${stamp(at_ms)}`;
  if (!difference) return `${since}; so far nothing differs between them.`;
  const { time_ms, shown, beside: other } = difference;
  const what = [shown && `in the ${name} ${shown}`, other && `in the ${beside.name} ${other}`].filter(Boolean).join("; ");
  return `${since}. They first differ at ${stamp(time_ms)}: ${what}.`;
}
