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
  const other = h("p", { class: "mute", "data-role": "beside" });
  const element = h("div", { class: "fork", role: "group", "aria-label": "Two runs", hidden: true }, ...runs, words, close, other);
  return {
    element,
    text({ fork }) {
      setShown(element, fork !== null);
      if (!fork) return;
      runs.forEach((run, index) => setAttribute(run, "aria-pressed", (fork.name === "first run") === (index === 0) ? "true" : "false"));
      setText(words, sentence(fork));
      const { mark, headline } = fork.beside.model.verdict;
      setText(other, `The ${fork.beside.name} at this moment: ${mark} – ${headline}`);
    },
  };
}

/** @param {import("../types.js").Fork} fork */
function sentence({ at_ms, at_seq, name, words, beside, comparison: { difference } }) {
  const since = at_seq === 0 ? "Two runs from the beginning" : `Two runs since ${stamp(at_ms)}`;
  const what = words === "" ? since : `${since}, the second with ${words}`;
  if (!difference) return `${what}; so far nothing differs between them.`;
  const sides = [
    { run: name, row: difference.shown },
    { run: beside.name, row: difference.beside },
  ].filter(({ row }) => row !== null);
  sides.sort((left, right) => (left.row?.time_ms ?? 0) - (right.row?.time_ms ?? 0));
  const told = sides.map(({ run, row }, index) => {
    const later = index > 0 && row?.time_ms !== difference.time_ms;
    return `in the ${run} ${later ? `at ${stamp(row?.time_ms ?? 0)} ` : ""}${row?.text}`;
  });
  const { beats_ms, time_ms } = difference;
  const beats = beats_ms !== null && beats_ms < time_ms - 1000 ? ` Heartbeats differ from ${stamp(beats_ms)} on.` : "";
  return `${what}. They first differ at ${stamp(time_ms)}: ${told.join("; ")}.${beats}`;
}
