// @ts-check
/** One style sheet a page, shared by every element. */

import { BASE } from "./base.js";
import { LAYOUT } from "./layout.js";
import { VIEWS } from "./views.js";

/** @type {CSSStyleSheet | undefined} */
let sheet;

export function styleSheet() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(BASE + LAYOUT + VIEWS);
  }
  return sheet;
}
