// @ts-check
/** What is shown instead of a blank when loading failed or the engine stopped. */

import { h, setShown } from "../ui/dom.js";
import { stamp } from "../ui/format.js";
import { icon } from "../ui/icons.js";

/** @param {{ again: () => void }} page @returns {import("../types.js").View} */
export function failureView(page) {
  const title = h("span", {});
  const message = h("pre", { class: "code" });
  const advice = h("p", {});
  const facts = h("dl", {});
  const element = h(
    "section",
    { class: "failure", role: "alert", "data-role": "failure", hidden: true },
    h("h2", {}, icon("lost"), title),
    message,
    facts,
    advice,
    h(
      "p",
      {},
      h(
        "button",
        { class: "button", type: "button", "data-role": "again", onclick: page.again },
        icon("reset"),
        "Reload the page",
      ),
    ),
  );
  return {
    element,
    text({ failure }) {
      setShown(element, failure !== null);
      if (!failure) return;
      title.textContent = failure.title;
      message.textContent = failure.message;
      advice.textContent = failure.advice;
      const rows = failure.scenario
        ? [
            ["scenario", failure.scenario],
            ["seed", failure.seed],
            ["virtual time", stamp(failure.time_ms)],
          ]
        : [];
      facts.replaceChildren(...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
    },
  };
}
