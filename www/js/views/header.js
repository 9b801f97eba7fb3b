// @ts-check
/**
 * Title, scenario, profile, and the doors to the scenario editor and the key sheet; with the opening sentence below.
 */

import { stepsOf } from "../state/narration.js";
import { h, setAttribute, setShown, setText } from "../ui/dom.js";
import { icon } from "../ui/icons.js";

/**
 * @param {{ openScenario: (id: string) => void, edit: () => void, share: () => void, save: () => void, help: () => void }} page
 * @param {boolean} withPicker
 * @returns {import("../types.js").View}
 */
export function headerView(page, withPicker) {
  const select = h("select", {
    "aria-label": "Scenario",
    "data-role": "scenario",
    onchange: () => select.value !== OWN && page.openScenario(select.value),
  });
  const title = h("h2", { class: "title", "data-role": "title" });
  const element = h(
    "div",
    { class: "header" },
    h("div", { class: "brand" }, icon("logo"), withPicker && h("h1", { class: "brand-name" }, "PSYNC Playground")),
    withPicker ? h("span", { class: "picker" }, select, icon("chevron")) : title,
    h("span", { class: "profile", title: "The engine follows redis-server 7.0" }, "Redis 7.0"),
    h(
      "div",
      { class: "end" },
      h(
        "button",
        { class: "button", type: "button", "data-role": "edit", "aria-label": "Your own scenario", onclick: page.edit },
        icon("edit"),
        withPicker && h("span", { class: "optional" }, "Your own"),
      ),
      h(
        "button",
        {
          class: "button",
          type: "button",
          "data-role": "share",
          title: "Copy a link to this moment (s)",
          "aria-label": "Copy link to this moment",
          onclick: page.share,
        },
        icon("share"),
        withPicker && h("span", { class: "optional" }, "Copy link"),
      ),
      h(
        "button",
        {
          class: "button",
          type: "button",
          "data-role": "export",
          title: "Export: save this run as a trace or a table (e)",
          "aria-label": "Export this run",
          onclick: page.save,
        },
        icon("save"),
        withPicker && h("span", { class: "optional" }, "Export"),
      ),
      h(
        "button",
        { class: "button", type: "button", "data-role": "help", "aria-label": "Keys and signs", onclick: page.help },
        icon("help"),
      ),
    ),
  );
  let listed = "";
  return {
    element,
    text(model) {
      setText(title, model.labels.title || "PSYNC Playground");
      const own = model.scenarioId === "" && model.labels.title !== "";
      const key = JSON.stringify([model.catalogue, model.scenarioId, model.labels.title]);
      if (key !== listed) {
        listed = key;
        /** @type {HTMLElement[]} */
        const options = grouped(model.catalogue);
        const listedIds = model.catalogue.some((entry) => entry.id === model.scenarioId);
        if (!own && !listedIds) options.push(h("option", { value: model.scenarioId }, model.labels.title));
        if (own) options.push(h("option", { value: OWN }, model.labels.title));
        select.replaceChildren(...options);
      }
      const value = own ? OWN : model.scenarioId;
      if (select.value !== value) select.value = value;
      setAttribute(select, "title", model.labels.question);
    },
  };
}

const OWN = "(own)";

/** Options, those of a group inside it. @param {import("../types.js").ScenarioEntry[]} catalogue */
function grouped(catalogue) {
  /** @type {HTMLElement[]} */
  const options = [];
  for (const { id, title, group } of catalogue) {
    const option = h("option", { value: id }, title);
    const last = options.at(-1);
    if (group && last?.getAttribute("label") === group) last.append(option);
    else options.push(group ? h("optgroup", { label: group }, option) : option);
  }
  return options;
}

/**
 * One sentence and one button: the question before the turning point, the answer at the end of the story.
 * @param {{ play: () => void, reset: () => void }} page
 * @returns {import("../types.js").View}
 */
export function openingView(page) {
  const sentence = h("p", { "data-role": "story" });
  const start = h(
    "button",
    { class: "button primary", type: "button", "data-role": "start", onclick: page.play },
    icon("play"),
    "See what happens",
  );
  const again = h(
    "button",
    { class: "button", type: "button", "data-role": "again-story", onclick: page.reset },
    icon("reset"),
    "Once more",
  );
  const element = h("div", { class: "opening", role: "group", "aria-label": "The story" }, sentence, start, again);
  return {
    element,
    text(model) {
      const { phase, opening, ended, labels } = model;
      // While loading it keeps the room that it will need.
      const loading = phase === "loading";
      const words = ended ? labels.story : labels.question || labels.story;
      const told = stepsOf(model).length > 0;
      setShown(element, loading || (phase === "ready" && !told && (opening || ended) && words !== ""));
      setShown(start, !ended);
      setShown(again, ended);
      start.disabled = loading;
      setText(sentence, words);
    },
  };
}
