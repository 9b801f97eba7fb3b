// @ts-check
/** Icons as inline SVG paths on a 24 x 24 grid, drawn with the colour of the text around them. */

import { s } from "./dom.js";

const PATHS = {
  logo: "M3 12h5l2-6 4 12 2-6h5",
  play: "M8 5l11 7-11 7z",
  pause: "M8 5v14M16 5v14",
  back: "M18 6l-8 6 8 6zM6 6v12",
  backCause: "M21 6l-7 6 7 6zM13 6l-7 6 7 6zM3 6v12",
  step: "M6 6l8 6-8 6zM18 6v12",
  stepCause: "M3 6l7 6-7 6zM11 6l7 6-7 6zM21 6v12",
  fork: "M7 20V4M7 15c0-6 10-2 10-10M13.5 8l3.5-3.5 3.5 3.5",
  save: "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14",
  twin: "M4 8h16M4 16h9M16 13l4 3-4 3",
  share: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  messages: "M3 5h18M3 19h18M6 5l5 14M13 5l5 14",
  reset: "M5 5v5h5M5.6 10a7.5 7.5 0 1 1-.6 5",
  chevron: "M6 9l6 6 6-6",
  close: "M6 6l12 12M18 6L6 18",
  help: "M9 9a3 3 0 1 1 4.2 2.8c-.8.4-1.2 1-1.2 2.2M12 17.5v.5",
  edit: "M4 20l1-5L16 4l4 4L9 19z",
  cut: "M4 12h5M15 12h5M10.5 8.5l3 7M13.5 8.5l-3 7",
  heal: "M3 12h18M8 8l-4 4 4 4M16 8l4 4-4 4",
  silent: "M4 12h3M17 12h3M12 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12M8 16l8-8",
  bolt: "M13 3L5 13h6l-1 8 8-10h-6z",
  freeze: "M12 3v18M4.2 7.5l15.6 9M19.8 7.5l-15.6 9",
  power: "M12 4v8M7 6.5a7.5 7.5 0 1 0 10 0",
  promote: "M5 18h14M5 18L3.5 8l5 4L12 5l3.5 7 5-4L19 18",
  follow: "M5 5v8a4 4 0 0 0 4 4h9M14 13l4 4-4 4",
  pencil: "M5 19h14M7 15l9-9 3 3-9 9",
  flag: "M6 21V4h12l-3 4 3 4H6",
  ok: "M5 12.5l4.5 4.5L19 7",
  risk: "M12 4l9.5 16h-19z",
  lost: "M8 3h8l5 5v8l-5 5H8l-5-5V8zM9 9l6 6M15 9l-6 6",
  down: "M12 4a8 8 0 0 1 7 4M20 12a8 8 0 0 1-4 7M12 20a8 8 0 0 1-7-4M4 12a8 8 0 0 1 4-7",
  snapshot: "M4 7h16v10H4zM8 4h8M8 20h8",
};

/** @typedef {keyof typeof PATHS} IconName */

const FILLED = new Set(["play", "back", "backCause", "step", "stepCause", "bolt"]);

/**
 * @param {IconName} name
 * @param {string} [label] read by screen readers; without it the icon is decoration
 */
export function icon(name, label) {
  const path = s("path", { d: PATHS[name], ...(FILLED.has(name) ? { fill: "currentColor" } : {}) });
  const box = { class: `icon icon-${name}`, viewBox: "0 0 24 24" };
  return label
    ? s("svg", { ...box, role: "img", "aria-label": label }, path)
    : s("svg", { ...box, "aria-hidden": "true" }, path);
}

/** Shows another icon in the same place. @param {SVGElement} element @param {IconName} name */
export function setIcon(element, name) {
  const path = element.firstElementChild;
  if (!path || path.getAttribute("d") === PATHS[name]) return;
  path.setAttribute("d", PATHS[name]);
  path.setAttribute("fill", FILLED.has(name) ? "currentColor" : "none");
}

/** Word for a level, for those who do not see its colour. @type {Record<import("../types.js").Level, string>} */
export const LEVEL_WORDS = { ok: "good", risk: "at risk", lost: "lost", down: "down", snapshot: "snapshot" };

/** Levels in the order of the engine's numbers. @type {import("../types.js").Level[]} */
export const LEVELS = ["ok", "risk", "lost", "down", "snapshot"];
