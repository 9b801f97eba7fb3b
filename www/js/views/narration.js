// @ts-check
/** The steps of a story: what to look at, a question where there is one, and the way to the next. Loaded with the first story. */

import { stepAt, stepsOf } from "../state/narration.js";
import { wear } from "../styles/sheet.js";
import { h, setAttribute, setShown, setText } from "../ui/dom.js";
import { stamp } from "../ui/format.js";
import { icon } from "../ui/icons.js";

const LOOKS = /* css */ `
.narration {
  display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 2px 20px; padding: 8px 16px 9px; min-height: 76px;
  align-items: start; background: color-mix(in srgb, var(--psync-stream) 9%, var(--psync-panel));
}
.narration h2 { font-size: 14px; display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 10px; }
.narration .place { font: 400 12px/1.4 var(--psync-mono); color: var(--psync-mute); white-space: nowrap; }
.narration .words { font-size: 14px; line-height: 1.45; text-wrap: pretty; max-width: 108ch; }
.narration .asks { font-style: italic; }
.narration .changed { font-size: 12px; color: var(--psync-risk); }
.narration .say { grid-column: 1; display: grid; gap: 2px; justify-items: start; }
.narration .asking { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: center; }
.narration .asking .button { min-height: 28px; padding-block: 1px; }
.narration .way { grid-column: 2; grid-row: 1; display: flex; gap: 6px; align-items: center; }
.narration .way .next { min-width: 116px; }
@container psync (max-width: 859.9px) {
  .narration { grid-template-columns: minmax(0, 1fr); }
  .narration .way { grid-column: 1; grid-row: 2; margin-top: 4px; }
  .narration .way .next { flex: 1; }
}
@container psync (max-width: 559.9px) {
  .narration { padding: 8px 12px 10px; min-height: 190px; align-content: space-between; }
  .narration .words { font-size: 13px; }
}
`;

/**
 * @param {{ nextStep: () => void, previousStep: () => void, hush: () => void }} page
 * @returns {import("../types.js").View}
 */
export function narrationView(page) {
  wear(LOOKS);
  const place = h("span", { class: "place", "data-role": "step-place" });
  const title = h("span", { "data-role": "step-title" });
  const asks = h("p", { class: "words asks", "data-role": "step-question" });
  const words = h("p", { class: "words", "data-role": "step-text" });
  const changed = h("p", { class: "changed" }, "You have changed this run. The steps tell of it as it was planned.");
  const answer = h("button", { class: "button", type: "button", "data-role": "step-answer", onclick: reveal }, "Show the answer");
  const back = h(
    "button",
    {
      class: "button",
      type: "button",
      "data-role": "step-back",
      title: "The step before (shift + n)",
      "aria-label": "The step before",
      onclick: page.previousStep,
    },
    icon("back"),
  );
  const forthWord = h("span", {}, "Next step");
  const forth = h(
    "button",
    {
      class: "button primary next",
      type: "button",
      "data-role": "step-next",
      title: "Play to the next step; pressed again, go there at once (n)",
      onclick: page.nextStep,
    },
    icon("play"),
    forthWord,
  );
  const close = h(
    "button",
    { class: "button plain", type: "button", "data-role": "step-close", "aria-label": "Put the narration away", onclick: page.hush },
    icon("close"),
  );
  const element = h(
    "div",
    { class: "narration", role: "group", "aria-label": "Narration", "data-role": "narration" },
    h("div", { class: "say" }, h("h2", {}, title, place), h("div", { class: "asking" }, asks, answer), words, changed),
    h("div", { class: "way" }, back, forth, close),
  );
  /** Questions whose answers the reader has seen. @type {Set<import("../types.js").Step>} */
  const seen = new Set();
  /** @type {import("../types.js").Step | undefined} */
  let step;

  function reveal() {
    if (step) seen.add(step);
    show();
    // What was a button is gone; the answer is where it stood, and is read.
    words.tabIndex = -1;
    words.focus();
  }

  function show() {
    if (!step) return;
    const hidden = Boolean(step.question) && !seen.has(step);
    setText(title, step.title);
    setText(asks, step.question ?? "");
    setShown(asks, Boolean(step.question));
    setText(words, step.text);
    setShown(words, !hidden);
    setShown(answer, hidden);
  }

  return {
    element,
    text(model) {
      const steps = stepsOf(model);
      const index = stepAt(model);
      step = steps[index];
      if (!step) return;
      show();
      setText(place, `${index + 1} of ${steps.length} · ${stamp(step.at_ms)}`);
      const last = index === steps.length - 1 && model.now_ms >= step.at_ms;
      const ahead = steps.find((each) => each.at_ms > model.now_ms);
      setText(forthWord, model.playing && ahead ? `to ${stamp(ahead.at_ms)}` : last ? "The end" : "Next step");
      setAttribute(forth, "aria-label", model.playing && ahead ? "Go to the next step at once" : last ? "The end" : "Next step");
      forth.disabled = last;
      back.disabled = index === 0;
      setShown(changed, model.inputs.length > 0 || model.fork?.other === true);
    },
  };
}
