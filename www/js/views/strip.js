// @ts-check
/** The answer: what state this replication is in and why, and what time it is. */

import { CHECKS, lightsOf, stateOfLight } from "../state/model.js";
import { h, List, setAttribute, setShown, setText } from "../ui/dom.js";
import { clock, times } from "../ui/format.js";
import { icon, setIcon } from "../ui/icons.js";

/** Answers in which a snapshot runs that might have been avoided. */
const RESYNCING = /^(FULL RESYNC|RESYNC LOOP)/;

/** Until the run is checked up to so far behind the moment that is shown, in ms, the lights say how far they are. */
const BEHIND_MS = 2000;

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
  const lights = summaryOfLights(page.showChecks);
  const time = h("div", { class: "clock-time", "data-role": "clock" }, clock(0));
  const state = h("div", { class: "clock-state" }, " ");
  const element = h(
    "div",
    { class: "strip", role: "group", "aria-label": "Answer", "data-role": "strip", "data-level": "down" },
    h("div", { class: "judged" }, h("div", { class: "mark" }, mark, word), lights.element),
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
      lights.text(model);
      this.draw?.(model);
      setText(state, pace(model));
      state.classList.toggle("slow", model.reached !== null);
    },
    draw(model) {
      setText(time, clock(model.now_ms));
    },
  };
}

/** What must hold in every run, as a row of lights and in a few words; a press leads to the list. @param {() => void} show */
function summaryOfLights(show) {
  const row = h("span", { class: "lights-row", "aria-hidden": "true" });
  const words = h("span", {});
  const list = new List(row, lamp);
  const element = h("button", { class: "lights", type: "button", "data-role": "lights", onclick: show }, row, words);
  return {
    element,
    /** @param {import("../types.js").Model} model */
    text(model) {
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
    },
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
