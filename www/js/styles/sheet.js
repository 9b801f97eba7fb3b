// @ts-check
/** One style sheet a page, shared by every element. */

import { BASE } from "./base.js";
import { LAYOUT } from "./layout.js";
import { VIEWS } from "./views.js";

/** @type {CSSStyleSheet | undefined} */
let sheet;

let text = BASE + LAYOUT + VIEWS;

export function styleSheet() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
  }
  return sheet;
}

/** Adds the looks of a view that is loaded later, once. @param {string} looks */
export function wear(looks) {
  if (text.includes(looks)) return;
  text += looks;
  sheet?.replaceSync(text);
}
