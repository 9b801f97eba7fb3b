// @ts-check
/** Play, step forth and back, speed, reset; and the legend of colours and shapes. */

import { SPEEDS } from "../state/store.js";
import { h, s, setAttribute, setText } from "../ui/dom.js";
import { times } from "../ui/format.js";
import { icon, setIcon } from "../ui/icons.js";

/**
 * @param {{ toggle: () => void, step: (cause: boolean) => void,
 *   stepBack: (cause: boolean) => void, fork: () => void, twin: () => void, toggleMessages: () => void, reset: () => void, setSpeed: (speed: number) => void
 *   }} page
 * @returns {import("../types.js").View}
 */
export function transportView(page) {
  const playIcon = icon("play");
  const playWord = h("span", { class: "label" }, "play");
  const play = h(
    "button",
    { class: "button primary play", type: "button", "data-role": "play", onclick: page.toggle },
    playIcon,
    playWord,
  );
  const speed = h(
    "select",
    {
      "aria-label": "Speed: virtual seconds a second",
      "data-role": "speed",
      onchange: () => page.setSpeed(Number(speed.value)),
    },
    ...SPEEDS.map((value) => h("option", { value }, times(value))),
  );
  const buttons = [
    button("reset", "reset", "reset", "Reset: back to the opening of the story", page.reset),
    button("back-cause", "backCause", "event", "Back to the event before that turned the story (shift + left arrow)", () =>
      page.stepBack(true),
    ),
    button("back", "back", "", "Back to the event before, heartbeats included (left arrow; with shift as the button before)", (event) =>
      page.stepBack(event.shiftKey),
    ),
    play,
    button("step", "step", "", "Run to the next event, heartbeats included (right arrow; with shift as the button behind)", (event) =>
      page.step(event.shiftKey),
    ),
    button("step-cause", "stepCause", "event", "Run to the next event that turns the story (shift + right arrow)", () =>
      page.step(true),
    ),
  ];
  const messages = button("messages-toggle", "messages", "messages", "Messages: the space-time diagram (m)", page.toggleMessages);
  const element = h(
    "div",
    { class: "transport", role: "group", "aria-label": "Time" },
    ...buttons,
    h("span", { class: "picker" }, speed, icon("chevron")),
    button("fork", "fork", "fork", "Fork here: go on in a copy, with the first run beside it (b)", page.fork),
    button("twin", "twin", "twin", "Twin: the same run with one thing changed, beside this one (t)", page.twin),
    messages,
    legend(),
  );
  return {
    element,
    text(model) {
      setText(playWord, model.playing ? "pause" : "play");
      setAttribute(play, "title", model.past ? "Play what was recorded, and on from there" : "");
      setIcon(playIcon, model.playing ? "pause" : "play");
      setAttribute(play, "aria-label", model.playing ? "Pause" : "Play");
      if (Number(speed.value) !== model.speed) speed.value = String(model.speed);
      setAttribute(messages, "aria-pressed", model.messages ? "true" : "false");
      for (const each of element.querySelectorAll("button")) each.disabled = model.phase !== "ready";
    },
  };
}

/**
 * @param {string} role
 * @param {import("../ui/icons.js").IconName} picture
 * @param {string} word
 * @param {string} title
 * @param {(event: MouseEvent) => void} onclick
 */
function button(role, picture, word, title, onclick) {
  return h(
    "button",
    { class: "button", type: "button", "data-role": role, title, "aria-label": title, onclick },
    icon(picture),
    word !== "" && h("span", { class: "label" }, word),
  );
}

export function legend() {
  /** @type {[string, string, (colour: string) => SVGElement[]][]} */
  const entries = [
    [
      "stream",
      "stream",
      (c) => [s("path", { d: "M0 5h20", stroke: c, "stroke-width": 2 }), s("circle", { cx: 10, cy: 5, r: 4, fill: c })],
    ],
    ["heartbeat", "beat", (c) => [s("circle", { cx: 10, cy: 5, r: 4, fill: "none", stroke: c, "stroke-width": 2 })]],
    ["at risk", "risk", (c) => [s("path", { d: "M10 0l6 10h-12z", fill: "none", stroke: c, "stroke-width": 2 })]],
    ["cliff or lost", "lost", (c) => [s("path", { d: "M5 0l10 10M15 0L5 10", stroke: c, "stroke-width": 2.2 })]],
    [
      "snapshot",
      "snapshot",
      (c) => [s("path", { d: "M0 5h20", stroke: c, "stroke-width": 6, "stroke-dasharray": "8 3" })],
    ],
    ["down", "down", (c) => [s("path", { d: "M0 5h20", stroke: c, "stroke-width": 2, "stroke-dasharray": "2 4" })]],
  ];
  return h(
    "div",
    { class: "legend" },
    ...entries.map(([word, colour, draw]) =>
      h("span", {}, s("svg", { viewBox: "0 0 20 10", "aria-hidden": "true" }, ...draw(`var(--psync-${colour})`)), word),
    ),
  );
}
