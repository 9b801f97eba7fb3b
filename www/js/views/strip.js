// @ts-check
/** The answer: what state this replication is in and why, and what time it is. */

import { h, setAttribute, setText } from "../ui/dom.js";
import { clock, times } from "../ui/format.js";
import { icon, setIcon } from "../ui/icons.js";

/** @returns {import("../types.js").View} */
export function stripView() {
  const mark = icon("down");
  const word = h("span", { "data-role": "verdict" }, "LOADING");
  const headline = h("p", { class: "headline", "data-role": "headline" }, " ");
  const detail = h("p", { class: "detail" }, " ");
  const time = h("div", { class: "clock-time", "data-role": "clock" }, clock(0));
  const state = h("div", { class: "clock-state" }, " ");
  const element = h(
    "div",
    { class: "strip", role: "group", "aria-label": "Answer", "data-role": "strip", "data-level": "down" },
    h("div", { class: "mark" }, mark, word),
    h("div", { class: "say" }, headline, detail),
    h("div", { class: "clock" }, time, state),
  );
  return {
    element,
    text(model) {
      const { verdict, phase } = model;
      if (phase === "loading") {
        setText(word, "LOADING");
        setText(
          headline,
          model.labels.title ? `Running to the opening of “${model.labels.title}”` : "Loading the engine",
        );
      } else if (phase === "ready") {
        setAttribute(element, "data-level", verdict.level);
        setIcon(mark, verdict.level);
        setText(word, verdict.mark);
        setText(headline, verdict.headline);
        setText(detail, verdict.detail);
      } else {
        setAttribute(element, "data-level", "lost");
        setIcon(mark, "lost");
        setText(word, "STOPPED");
        setText(headline, model.failure?.title ?? "");
        setText(detail, "");
      }
      this.draw?.(model);
      setText(state, pace(model));
      state.classList.toggle("slow", model.reached !== null);
    },
    draw(model) {
      setText(time, clock(model.now_ms));
    },
  };
}

/** @param {import("../types.js").Model} model */
function pace(model) {
  if (model.phase !== "ready") return "";
  if (model.quiet) return "no event in 10 min";
  if (model.past) return `${model.playing ? "replaying" : "paused"} · recorded to ${clock(model.end_ms)}`;
  if (!model.playing) return `${times(model.speed)} · paused`;
  if (model.reached !== null) return `${times(model.speed)} asked, ${times(model.reached)} reached`;
  return `${times(model.speed)} · playing`;
}
