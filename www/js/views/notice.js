// @ts-check
/** Words that the reader should see once: what became of a link, what could not be repeated. */

import { h, setShown, setText } from "../ui/dom.js";
import { icon } from "../ui/icons.js";

/** @param {{ notice: (words: string) => void }} page @returns {import("../types.js").View} */
export function noticeView(page) {
  const words = h("p", { "data-role": "notice" });
  const close = h(
    "button",
    { class: "button plain", type: "button", "aria-label": "Put away", onclick: () => page.notice("") },
    icon("close"),
  );
  const bar = h("div", { class: "notice" }, words, close);
  const element = h("div", { role: "status" }, bar);
  return {
    element,
    text(model) {
      setShown(bar, model.notice !== "");
      setText(words, model.notice);
    },
  };
}
