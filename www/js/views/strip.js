// @ts-check
/** The answer: what state this replication is in and why, and what time it is. */

import { h, setAttribute, setShown, setText } from "../ui/dom.js";
import { clock, times } from "../ui/format.js";
import { icon, setIcon } from "../ui/icons.js";

/** Answers in which a snapshot runs that might have been avoided. */
const RESYNCING = /^(FULL RESYNC|RESYNC LOOP)/;

/** @param {{ seek: (time_ms: number) => void, showChecks: () => void }} page @returns {import("../types.js").View} */
export function stripView(page) {
  const mark = icon("down");
  const word = h("span", { "data-role": "verdict" }, "LOADING");
  const headline = h("p", { class: "headline", "data-role": "headline" }, " ");
  const detail = h("span", {}, " ");
  /** @type {import("../types.js").NoReturn | undefined} */
  let noReturn;
  const since = h("button", {
    class: "since",
    type: "button",
    "data-role": "unavoidable",
    onclick: () => noReturn?.since_ms !== undefined && page.seek(noReturn.since_ms),
  });
  const lights = h(
    "button",
    { class: "lights", type: "button", "data-role": "lights", onclick: page.showChecks },
    "8 checks",
  );
  /** @type {((model: import("../types.js").Model) => void) | null | undefined} */
  let light;
  const time = h("div", { class: "clock-time", "data-role": "clock" }, clock(0));
  const state = h("div", { class: "clock-state" }, " ");
  const element = h(
    "div",
    { class: "strip", role: "group", "aria-label": "Answer", "data-role": "strip", "data-level": "down" },
    h("div", { class: "judged" }, h("div", { class: "mark" }, mark, word), lights),
    h("div", { class: "say" }, headline, h("p", { class: "detail" }, detail, " ", since)),
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
        noReturn = noReturnOf(model);
        setText(since, noReturn ? `${noReturn.text[0].toUpperCase()}${noReturn.text.slice(1)}.` : "");
        since.disabled = noReturn?.since_ms === undefined;
      } else {
        setAttribute(element, "data-level", "lost");
        setIcon(mark, "lost");
        setText(word, "STOPPED");
        setText(headline, model.failure?.title ?? "");
        setText(detail, "");
      }
      setShown(since, phase === "ready" && noReturn !== undefined);
      if (light === undefined && (model.lights || model.failure?.panic)) {
        light = null;
        void import("./lights.js").then(
          (lamps) => (light = lamps.lightUp(lights))(model),
          // Without a connection it is tried again.
          () => (light = undefined),
        );
      }
      light?.(model);
      this.draw?.(model);
      setText(state, pace(model));
      state.classList.toggle("slow", model.reached !== null);
    },
    draw(model) {
      setText(time, clock(model.now_ms));
    },
  };
}

/** Since when the full resync that is answered for was unavoidable. @param {import("../types.js").Model} model */
function noReturnOf({ noReturns, seq, verdict }) {
  const last = noReturns.findLast((found) => found.node === verdict.node && found.seq <= seq);
  return RESYNCING.test(verdict.mark) ? last : undefined;
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
