// @ts-check
/** Frames of the stream under way on a link of the textbook, each to be lost by hand. Loaded with the first such link. */

import { endsOf } from "../state/model.js";
import { wear } from "../styles/sheet.js";
import { h, List, setAttribute, setShown, setText } from "../ui/dom.js";
import { count } from "../ui/format.js";
import { icon } from "../ui/icons.js";

/** @typedef {import("../types.js").Model} Model */

/** More are named by their number only. */
const MOST_SHOWN = 12;

const LOOKS = /* css */ `
.frame-row { display: flex; align-items: center; gap: 8px; padding: 2px 0; border-top: 1px solid var(--psync-line); font-size: 12px; }
.frame-row .bytes { font-family: var(--psync-mono); font-variant-numeric: tabular-nums; flex: 1; }
.frame-row .due { color: var(--psync-mute); font-variant-numeric: tabular-nums; white-space: nowrap; }
.frame-row .button { min-height: 26px; padding: 1px 8px; }
.frame-row .button .icon { width: 13px; height: 13px; }
.frame-row.lost .bytes, .frame-row.lost .due { color: var(--psync-lost); }
@media (pointer: coarse) { .frame-row .button { min-height: 40px; } }
`;

/**
 * @param {{ act: (action: Record<string, unknown>) => void, model: () => Model }} page
 * @returns {import("../types.js").View}
 */
export function framesView(page) {
  wear(LOOKS);
  const rows = h("div", {});
  const list = new List(rows, () => frameRow((offset) => page.act({ do: "drop_frame", link: ends(), offset })));
  const none = h("p", { class: "mute" }, "None at this moment. Step to a write, or slow down.");
  const more = h("p", { class: "mute" });
  const element = h(
    "section",
    { "data-role": "frames" },
    h("h3", { class: "section-head" }, "Frames under way", h("span", { class: "note" }, "bytes of the stream; lose one")),
    rows,
    none,
    more,
  );
  const ends = () => endsOf(page.model(), page.model().selection.link);
  return {
    element,
    text({ frames, now_ms }) {
      list.set(frames.slice(0, MOST_SHOWN).map((frame) => ({ ...frame, in_ms: frame.arrives_ms - now_ms })));
      setShown(none, frames.length === 0);
      setShown(more, frames.length > MOST_SHOWN);
      setText(more, `and ${frames.length - MOST_SHOWN} more behind them`);
    },
  };
}

/** @param {(offset: number) => void} lose */
function frameRow(lose) {
  let offset = 0;
  const bytes = h("span", { class: "bytes" });
  const due = h("span", { class: "due" });
  const button = h(
    "button",
    { class: "button", type: "button", "data-role": "drop-frame", onclick: () => lose(offset) },
    icon("lost"),
    "Lose",
  );
  const element = h("div", { class: "frame-row" }, bytes, due, button);
  return {
    element,
    /** @param {import("../types.js").FrameUnderWay & { in_ms: number }} frame */
    update({ start, end, lost, in_ms }) {
      offset = start;
      element.classList.toggle("lost", lost);
      const range = `${count(start)} – ${count(end)}`;
      setText(bytes, range);
      setText(due, lost ? "lost" : `arrives in ${Math.ceil(in_ms)} ms`);
      setAttribute(button, "aria-label", `Lose the frame with bytes ${range}`);
      button.style.visibility = lost ? "hidden" : "";
    },
  };
}
