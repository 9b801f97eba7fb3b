// @ts-check
/** Points of no return on the time strip: a line, a shape and a word, to be clicked. Loaded with the first of them. */

import { wear } from "../styles/sheet.js";
import { h, List, setAttribute } from "../ui/dom.js";
import { stamp } from "../ui/format.js";
import { icon } from "../ui/icons.js";

/** @typedef {import("../types.js").NoReturn} NoReturn */
/** @typedef {import("./strip-drawing.js").Sheet} Sheet */

/** Where the line begins, below the axis. */
const TOP = 22;
/** Words that would lie over one another are left out, in pixels. */
const ROOM = 84;

const LOOKS = /* css */ `
.no-return {
  position: absolute; left: 0; pointer-events: none; border-left: 1.5px dashed var(--psync-lost); color: var(--psync-lost);
}
.no-return button {
  position: absolute; bottom: 0; left: 0; display: inline-flex; align-items: center; gap: 3px; min-height: 20px;
  padding: 0 5px 0 3px; border: 0; border-radius: 0 5px 5px 0; background: var(--psync-panel); color: inherit;
  font-size: 11px; font-weight: 600; white-space: nowrap; pointer-events: auto; cursor: pointer;
}
.no-return.left button { left: auto; right: 1.5px; border-radius: 5px 0 0 5px; }
.no-return.bare button span { display: none; }
.no-return button:hover { text-decoration: underline; }
.no-return .icon { width: 13px; height: 13px; stroke-width: 2.4; flex: none; }
@media (pointer: coarse) { .no-return button::after { content: ""; position: absolute; inset: -12px -8px; } }
`;

/**
 * @param {{ seek: (time_ms: number) => void }} page
 * @param {() => Sheet | undefined} sheet
 * @returns {import("../types.js").View}
 */
export function marksView(page, sheet) {
  wear(LOOKS);
  const element = h("div", { role: "group", "aria-label": "Points of no return" });
  /** Where each mark begins, from the left. @type {number[]} */
  let taken = [];
  const list = new List(element, () => mark(page, taken));
  /** @type {import("../types.js").Model | undefined} */
  let latest;
  const show = () => {
    const shown = sheet();
    if (!shown || !latest) return;
    taken.length = 0;
    const { model } = shown;
    const found = latest.noReturns.filter(({ since_ms }) => since_ms !== undefined);
    list.set(found.map((each) => ({ ...each, sheet: shown, name: model.labels.nodes[each.node]?.name ?? "" })));
  };
  return {
    element,
    text(model) {
      latest = model;
      show();
    },
    draw: show,
  };
}

/** @param {{ seek: (time_ms: number) => void }} page @param {number[]} taken */
function mark(page, taken) {
  let since = 0;
  const button = h(
    "button",
    { type: "button", "data-role": "no-return", onclick: () => page.seek(since) },
    icon("lost"),
    h("span", {}, "no return"),
  );
  // A press on it is no drag of the strip.
  for (const kind of ["pointerdown", "pointerup"]) button.addEventListener(kind, (event) => event.stopPropagation());
  const element = h("div", { class: "no-return" }, button);
  return {
    element,
    /** @param {NoReturn & { sheet: Sheet, name: string }} item */
    update({ since_ms, text, name, sheet: { x, right, gapBottom } }) {
      since = since_ms ?? 0;
      const at = x(since);
      const label = `Point of no return at ${stamp(since)}. Full resync of ${name}: ${text}`;
      setAttribute(button, "aria-label", label);
      setAttribute(button, "title", label);
      element.style.transform = `translate(${at.toFixed(1)}px, ${TOP}px)`;
      element.style.height = `${(gapBottom - TOP).toFixed(1)}px`;
      element.classList.toggle("left", at > right - ROOM);
      element.classList.toggle("bare", taken.some((other) => Math.abs(other - at) < ROOM));
      taken.push(at);
    },
  };
}
