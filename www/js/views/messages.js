// @ts-check
/**
 * The space-time diagram with its controls: which window, whether load generators have lanes, which message is selected.
 * Loaded when it is shown for the first time.
 */

import { KINDS, WINDOWS, wayOf } from "../state/messages.js";
import { wear } from "../styles/sheet.js";
import { h, setAttribute, setText } from "../ui/dom.js";
import { clock, count, stamp } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { Surface } from "../ui/theme.js";
import { drawMessages, messageAt } from "./messages-drawing.js";

/** @typedef {import("../types.js").Model} Model */

const WINDOW_WORDS = ["1 s", "5 s", "30 s", "all"];
/** Frames are drawn at this rate while time runs. */
const DRAW_EVERY_MS = 30;

const LOOKS = /* css */ `
.app[data-messages] .topology, .app[data-messages] .ruler { display: none; }
.app[data-messages] .stage { overflow: hidden; }
.app[data-messages] .tab { padding-inline: 7px; }
.messages-place { display: none; }
.app[data-messages] .messages-place { display: flex; flex: 1 1 auto; min-height: 0; }
.messages { display: flex; flex-direction: column; flex: 1; min-height: 300px; min-width: 0; }
.messages-head {
  display: flex; align-items: center; gap: 6px 12px; flex-wrap: wrap; padding: 8px 16px; flex: none;
  border-bottom: 1px solid var(--psync-line);
}
.messages-head h2 { font-size: 13px; font-weight: 650; }
.messages-head .windows { display: inline-flex; }
.messages-head .windows .button { border-radius: 0; margin-left: -1px; min-width: 40px; justify-content: center; }
.messages-head .windows .button:first-child { border-radius: 7px 0 0 7px; margin-left: 0; }
.messages-head .windows .button:last-child { border-radius: 0 7px 7px 0; }
.messages-head .windows [aria-pressed="true"] { color: var(--psync-stream); font-weight: 650; background: var(--psync-sunk); }
.messages-head label { display: inline-flex; align-items: center; gap: 5px; color: var(--psync-mute); }
.messages-head .end { margin-left: auto; display: flex; gap: 6px; }
.messages-plane { position: relative; flex: 1; min-height: 220px; cursor: crosshair; }
.messages-plane:focus-visible { outline-offset: -3px; }
.messages-plane canvas { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
.messages-words {
  flex: none; padding: 5px 16px 7px; color: var(--psync-mute); font-size: 12px; min-height: 2.6em;
  border-top: 1px solid var(--psync-line); overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
}
@container psync (min-width: 1080px) {
  .app[data-messages] { grid-template-rows: auto auto auto minmax(290px, 1fr) 180px auto; }
  .messages { min-height: 0; }
  .messages-plane { min-height: 150px; }
}
@container psync (max-width: 559.9px) {
  .messages-head { padding: 8px 12px; }
  .messages-head .button { min-height: 40px; }
  .messages-words { white-space: normal; padding-inline: 12px; }
}
`;

/**
 * @param {{ model: () => Model, palette: () => import("../ui/theme.js").Palette, setWindow: (ms: number) => void,
 *   setClients: (shown: boolean) => void, selectMessage: (number: number) => void, stepMessage: (by: number) => void,
 *   selectNode: (node: number) => void, inspectMessage: () => void, closeMessages: () => void }} page
 * @returns {import("../types.js").View}
 */
export function messagesView(page) {
  wear(LOOKS);
  const canvas = h("canvas", { "aria-hidden": "true", "data-role": "messages-canvas" });
  const surface = new Surface(canvas);
  /** @type {import("./messages-drawing.js").Diagram | null} */
  let diagram = null;
  let drawn = "";
  let drawn_at = 0;
  const windows = WINDOWS.map((ms, index) =>
    h(
      "button",
      { class: "button", type: "button", "data-role": `window-${ms}`, onclick: () => page.setWindow(ms) },
      WINDOW_WORDS[index],
    ),
  );
  const clients = h("input", {
    type: "checkbox",
    "data-role": "messages-clients",
    onchange: () => page.setClients(clients.checked),
  });
  const plane = h(
    "div",
    {
      class: "messages-plane",
      role: "application",
      tabindex: 0,
      "aria-label": "Space-time diagram: left and right arrow for the message before and the next, Enter to inspect it",
      "aria-describedby": "messages-words",
      "data-role": "messages-plane",
      onkeydown: (/** @type {KeyboardEvent} */ event) => key(event, page),
      onclick: (/** @type {MouseEvent} */ event) => {
        const found = at(event);
        const node = laneAt(event);
        if (found > 0) page.selectMessage(found);
        else if (node >= 0) page.selectNode(node);
      },
      onpointermove: (/** @type {MouseEvent} */ event) => {
        plane.style.cursor = at(event) > 0 || laneAt(event) >= 0 ? "pointer" : "";
      },
    },
    canvas,
  );
  const words = h("p", { class: "messages-words", id: "messages-words", "data-role": "messages-words" });
  const element = h(
    "div",
    { class: "messages", role: "group", "aria-label": "Messages", "data-role": "messages" },
    h(
      "div",
      { class: "messages-head" },
      h("h2", {}, "Messages"),
      h("div", { class: "windows", role: "group", "aria-label": "Window" }, ...windows),
      h("label", {}, clients, "clients"),
      h(
        "div",
        { class: "end" },
        button("message-back", "back", "The message before (left arrow in the diagram)", () => page.stepMessage(-1)),
        button("message-next", "step", "The next message (right arrow in the diagram)", () => page.stepMessage(1)),
        button("messages-close", "close", "Close the diagram (m)", page.closeMessages),
      ),
    ),
    plane,
    words,
  );

  /** The message under the pointer, or 0. @param {MouseEvent} event */
  function at(event) {
    const box = plane.getBoundingClientRect();
    return diagram ? messageAt(diagram, event.clientX - box.left, event.clientY - box.top) : 0;
  }

  /** The node whose name is under the pointer, or -1. @param {MouseEvent} event */
  function laneAt(event) {
    const box = plane.getBoundingClientRect();
    if (!diagram || event.clientX - box.left >= diagram.sheet.left) return -1;
    const { sheet } = diagram;
    return sheet.model.labels.nodes.findIndex((_, node) => Math.abs(sheet.lane(node) - (event.clientY - box.top)) < 12);
  }

  return {
    element,
    text(model) {
      const { messages } = model;
      if (!messages) return;
      windows.forEach((each, index) => setAttribute(each, "aria-pressed", WINDOWS[index] === messages.window_ms ? "true" : "false"));
      clients.checked = messages.clients;
      setText(words, sentence(model, diagram?.folded ?? 0));
    },
    draw(model) {
      const { messages } = model;
      const now = performance.now();
      if (!messages || (model.playing && now - drawn_at < DRAW_EVERY_MS)) return;
      const palette = page.palette();
      const key = [
        model.now_ms,
        model.end_ms,
        messages.rows.count,
        messages.rows.values.at(-1),
        messages.beside?.count,
        messages.beside?.values.at(-1),
        messages.window_ms,
        messages.clients,
        messages.selected,
        messages.revision,
        model.eventsRevision,
        model.noReturns.length,
        model.selection.node,
        canvas.clientWidth,
        canvas.clientHeight,
        palette.panel,
      ].join();
      if (key === drawn) return;
      const context = surface.begin();
      if (!context) return;
      drawn = key;
      drawn_at = now;
      diagram = drawMessages(context, model, palette, surface.width, surface.height);
      setText(words, sentence(model, diagram?.folded ?? 0));
    },
  };
}

/** @param {string} role @param {import("../ui/icons.js").IconName} picture @param {string} title @param {() => void} onclick */
function button(role, picture, title, onclick) {
  return h("button", { class: "button", type: "button", "data-role": role, title, "aria-label": title, onclick }, icon(picture));
}

/**
 * @param {KeyboardEvent} event
 * @param {{ stepMessage: (by: number) => void, inspectMessage: () => void, selectMessage: (number: number) => void }} page
 */
function key(event, page) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.key === "ArrowLeft") page.stepMessage(-1);
  else if (event.key === "ArrowRight") page.stepMessage(1);
  else if (event.key === "Enter") page.inspectMessage();
  else if (event.key === "Escape") page.selectMessage(0);
  else return;
  event.preventDefault();
}

/** What is selected, or how much there is. @param {Model} model @param {number} folded */
function sentence(model, folded) {
  const { messages } = model;
  if (!messages) return "";
  const { rows, selected, summary } = messages;
  const index = rows.find(selected);
  if (index >= 0) {
    const what = `${wayOf(model, index)}, ${KINDS[rows.get(index, "kind")]}: ${summary}`;
    return `${stamp(rows.get(index, "sent_ms"))} ${what}`;
  }
  const kept = rows.since_ms > 0 && messages.window_ms === 0 ? `, kept since ${clock(rows.since_ms)}` : "";
  const close = folded > 0 ? `, ${count(folded)} of them too close together to be drawn one by one` : "";
  const nobody = rows.count === 0 ? `Nothing was on its way` : `${count(rows.count)} messages`;
  const below = messages.beside && model.fork ? ` Below: the ${model.fork.beside.name}, ${count(messages.beside.count)} messages.` : "";
  return `${nobody} in this window${kept}${close}.${below} Select one to see what it says and what it did.`;
}

