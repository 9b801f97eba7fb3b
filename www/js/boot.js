// @ts-check
/** The page and the embed: one element, told by the address which scenario (`?scenario=`) and theme (`?theme=`). */

import { define } from "./element.js";

define();
const asked = new URLSearchParams(location.search);
const element = document.createElement("psync-playground");
for (const name of ["scenario", "theme"]) {
  const value = asked.get(name);
  if (value) element.setAttribute(name, value);
}
if (document.documentElement.dataset.page === "full") element.setAttribute("picker", "");
document.querySelector("main")?.append(element);
