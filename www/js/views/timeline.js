// @ts-check
/**
 * The time strip, which is the scrubber: drag it, or move its handle by keys. A click on a flag goes to that event.
 */

import { h, setAttribute, setText } from "../ui/dom.js";
import { stamp } from "../ui/format.js";
import { later } from "../ui/later.js";
import { Surface } from "../ui/theme.js";
import { drawStrip, eventAt, layOut } from "./strip-drawing.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("./strip-drawing.js").Sheet} Sheet */

/** The strip is redrawn at this rate while time runs. */
const DRAW_EVERY_MS = 30;
/** A pointer that moved less than this has not dragged, in pixels. */
const DRAG_PIXELS = 4;
/** How far the keys of a slider move it. @type {Record<string, number>} */
const STRIDES_MS = { ArrowUp: 1000, ArrowDown: -1000, PageUp: 10_000, PageDown: -10_000 };

/**
 * @param {{ palette: () => import("../ui/theme.js").Palette, model: () => Model, seek: (time_ms: number) => void,
 *   selectEvent: (event: import("../types.js").EventRow) => void }} page
 * @returns {import("../types.js").View}
 */
export function timelineView(page) {
  const canvas = h("canvas", { "aria-hidden": "true", "data-role": "timeline" });
  const surface = new Surface(canvas);
  const handle = h("div", {
    class: "handle",
    role: "slider",
    tabindex: 0,
    "aria-label": "Moment of the run",
    "aria-valuemin": 0,
    "aria-valuenow": 0,
    "data-role": "scrubber",
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      const stride = STRIDES_MS[event.key];
      if (stride === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      page.seek(page.model().now_ms + stride);
      event.preventDefault();
    },
  });
  const element = h(
    "div",
    { class: "time", role: "group", "aria-label": "Time strip", "data-role": "time" },
    canvas,
    handle,
  );
  const marks = later(
    (model) => model.noReturns.some((found) => found.since_ms !== undefined),
    async () => (await import("./no-return.js")).marksView(page, () => sheet),
  );
  element.insertBefore(marks.element, handle);
  /** @type {Sheet | undefined} */
  let sheet;
  let drawn = "";
  let drawn_at = 0;
  watchPointer(element, () => sheet, page);

  return {
    element,
    text: (model) => marks.text?.(model),
    draw(model) {
      const now = performance.now();
      if (model.playing && now - drawn_at < DRAW_EVERY_MS) return;
      const palette = page.palette();
      const key = [
        model.now_ms,
        model.end_ms,
        model.eventsRevision,
        canvas.clientWidth,
        canvas.clientHeight,
        palette.panel,
        model.selection.node,
        model.labelsRevision,
        model.fork?.beside.reader.lastSeq,
        model.fork?.comparison.difference?.time_ms,
        model.fork?.name,
        model.messages?.shown.from_ms,
        model.messages?.window_ms,
      ].join();
      if (key === drawn) return;
      const context = surface.begin();
      if (!context || model.labels.nodes.length === 0) return;
      drawn = key;
      drawn_at = now;
      sheet = layOut(context, model, palette, surface.width, surface.height);
      drawStrip(sheet);
      place(handle, sheet);
      marks.draw?.(model);
    },
  };
}

/** Puts the handle over the moment that is shown. @param {HTMLElement} handle @param {Sheet} sheet */
function place(handle, { model, x, left, width, end_ms }) {
  setText(handle, stamp(model.now_ms));
  const half = handle.offsetWidth / 2;
  const middle = Math.min(Math.max(x(model.now_ms), left - 40 + half), width - half - 6);
  handle.style.transform = `translateX(${(middle - half).toFixed(1)}px)`;
  setAttribute(handle, "aria-valuemax", (end_ms / 1000).toFixed(3));
  setAttribute(handle, "aria-valuenow", (model.now_ms / 1000).toFixed(3));
  const recorded = model.past ? `, recorded to ${stamp(model.end_ms)}` : "";
  setAttribute(handle, "aria-valuetext", stamp(model.now_ms) + recorded);
}

/**
 * Dragging moves the moment; a touch that goes up or down still scrolls the page.
 * @param {HTMLElement} element
 * @param {() => Sheet | undefined} sheet
 * @param {{ seek: (time_ms: number) => void, selectEvent: (event: import("../types.js").EventRow) => void }} page
 */
function watchPointer(element, sheet, page) {
  let from = NaN;
  let dragged = false;
  const offset = (/** @type {PointerEvent} */ event) => event.clientX - element.getBoundingClientRect().left;
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    from = offset(event);
    dragged = false;
  });
  element.addEventListener("pointermove", (event) => {
    const shown = sheet();
    if (Number.isNaN(from) || !shown) return;
    if (!dragged && Math.abs(offset(event) - from) < DRAG_PIXELS) return;
    if (!dragged) element.setPointerCapture(event.pointerId);
    dragged = true;
    page.seek(shown.at(offset(event)));
  });
  element.addEventListener("pointerup", (event) => {
    const shown = sheet();
    if (!Number.isNaN(from) && !dragged && shown) {
      const found = eventAt(shown, offset(event), event.clientY - element.getBoundingClientRect().top);
      if (found) page.selectEvent(found);
      page.seek(found ? found.time_ms : shown.at(offset(event)));
    }
    from = NaN;
  });
  element.addEventListener("pointercancel", () => {
    from = NaN;
  });
}
