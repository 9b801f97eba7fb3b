// @ts-check
/** The scenario editor and the sheet of keys and signs. */

import { h, setShown, setText } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { CONFORMANCE_TABLE } from "../paths.js";
import { readConformance } from "../state/conformance.js";
import { parseScenario, ScenarioReadError } from "../state/scenarios.js";
import { KEYS } from "../ui/keys.js";
import { legend } from "./transport.js";

/** @typedef {import("../types.js").Refusal} Refusal */

/**
 * A window over the page with a title and a way out.
 * @param {string} title
 * @param {string} role
 * @param {...HTMLElement} body
 */
export function dialog(title, role, ...body) {
  const close = h(
    "button",
    { class: "button plain", type: "button", "aria-label": "Close", onclick: () => element.close() },
    icon("close"),
  );
  const element = h(
    "dialog",
    { "aria-label": title, "data-role": role },
    h("div", { class: "dialog-head" }, h("h2", {}, title), close),
    h("div", { class: "dialog-body" }, ...body),
  );
  return { element };
}

/**
 * A scenario of the reader's own: typed, pasted or opened. A refused one is explained, and the page keeps what it ran.
 * @param {{ run: (scenario: Record<string, unknown>) => Promise<Refusal | null>, current: () => Record<string,
 *   unknown> }} page
 */
export function scenarioDialog(page) {
  const problem = problemView();
  const text = h("textarea", {
    "aria-label": "Scenario as JSON",
    "data-role": "scenario-text",
    spellcheck: "false",
    autocomplete: "off",
  });
  const file = h("input", { type: "file", accept: ".json,application/json", hidden: true, onchange: open });
  const { element } = dialog(
    "Your own scenario",
    "scenario-dialog",
    h("p", { class: "mute" }, "Change it, paste another, or open a file. The README describes the format."),
    text,
    problem.element,
    h(
      "div",
      { class: "dialog-foot" },
      file,
      h(
        "button",
        { class: "button", type: "button", "data-role": "open-file", onclick: () => file.click() },
        "Open a file",
      ),
      h(
        "button",
        { class: "button primary", type: "button", "data-role": "run-scenario", onclick: run },
        icon("play"),
        "Run it",
      ),
    ),
  );

  async function open() {
    const chosen = file.files?.[0];
    if (chosen) text.value = await chosen.text();
    file.value = "";
  }

  async function run() {
    try {
      const refusal = await page.run(parseScenario(text.value));
      if (refusal) problem.show(refusal);
      else element.close();
    } catch (error) {
      if (!(error instanceof ScenarioReadError)) throw error;
      problem.show({ message: error.message, path: "", expected: "", found: "" });
    }
  }

  return {
    element,
    show() {
      text.value = JSON.stringify(page.current(), null, 2);
      problem.show(null);
      element.showModal();
    },
    /**
     * Opens with a scenario that was refused elsewhere.
     * @param {Record<string, unknown>} scenario
     * @param {Refusal} refusal
     */
    explain(scenario, refusal) {
      text.value = JSON.stringify(scenario, null, 2);
      problem.show(refusal);
      element.showModal();
    },
  };
}

/** Where, what was expected, what was found. */
export function problemView() {
  const message = h("p", {});
  const list = h("dl", {});
  const element = h("div", { class: "problem", role: "alert", "data-role": "problem", hidden: true }, message, list);
  return {
    element,
    /** @param {Refusal | null} refusal */
    show(refusal) {
      setShown(element, refusal !== null);
      if (!refusal) return;
      message.textContent = refusal.path ? "The scenario is refused. What ran before goes on." : refusal.message;
      const rows = [
        ["at", refusal.path],
        ["expected", refusal.expected],
        ["found", refusal.found],
      ].filter(([, value]) => value !== "");
      list.replaceChildren(...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
    },
  };
}

export function helpDialog() {
  const about = aboutView();
  const { element } = dialog(
    "Keys and signs",
    "help-dialog",
    h("p", { class: "mute" }, "Keys work while the playground has the focus."),
    h(
      "dl",
      { class: "keys" },
      ...KEYS.flatMap(({ shown, does }) => [h("dt", {}, h("kbd", {}, shown)), h("dd", {}, does)]),
    ),
    h("h3", {}, "Signs"),
    legend(),
    h(
      "p",
      { class: "mute" },
      "A dot leaves when its bytes leave. Where a link is faster than the eye, it glides for 0.4 s instead of the " +
        "real milliseconds; paused, a message stands where it is. Above 5× speed, flow is the width of the line. " +
        "On the ruler a tick left of a marker is the offset that the master believes. On the time strip a line with the " +
        "words no return is the moment since which a full resync was unavoidable.",
    ),
    h("h3", {}, "About this model"),
    about.element,
  );
  return {
    element,
    show() {
      about.load();
      element.showModal();
    },
  };
}

/** How true the engine is, in numbers that are fetched when somebody looks. */
function aboutView() {
  const score = h("span", { "data-role": "score" });
  const link = h("a", { href: CONFORMANCE_TABLE.href, target: "_blank", rel: "noopener" }, "Every case");
  const element = h(
    "p",
    { class: "mute" },
    "The engine follows redis-server 7.0.15, byte for byte and offset for offset; links and machines are simulated. ",
    score,
    link,
    ".",
  );
  return {
    element,
    async load() {
      const found = await readConformance();
      if (found) setText(score, `${found.equal} of ${found.cases} scripts play the same on both. `);
    },
  };
}
