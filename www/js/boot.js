// @ts-check
/**
 * The page and the embed: one element, told by the address which scenario (`?scenario=`), theme (`?theme=`) and moment
 * of a run (`#`).
 */

import { define } from "./element.js";

define();
const asked = new URLSearchParams(location.search);
const element = document.createElement("psync-playground");
for (const name of ["scenario", "theme"]) {
  const value = asked.get(name);
  if (value) element.setAttribute(name, value);
}
if (document.documentElement.dataset.page === "full") element.setAttribute("picker", "");
const follow = () => location.hash.length > 1 && element.setAttribute("moment", location.hash.slice(1));
follow();
addEventListener("hashchange", follow);
element.addEventListener("psync-share", (event) => {
  history.replaceState(null, "", `#${/** @type {CustomEvent} */ (event).detail}`);
});
document.querySelector("main")?.append(element);
