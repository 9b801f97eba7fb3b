// @ts-check
/** A console that talks to any node, with the face of redis-cli. */

import { h, List, setAttribute, setText } from "../ui/dom.js";
import { icon } from "../ui/icons.js";

/** @typedef {import("../types.js").Model} Model */

/**
 * A picker of nodes, shared with the settings.
 * @param {string} label
 * @param {string} role
 * @param {(node: number) => void} choose
 */
export function nodePicker(label, role, choose) {
  const select = h("select", { "aria-label": label, "data-role": role, onchange: () => choose(Number(select.value)) });
  let known = "";
  return {
    element: h("span", { class: "picker" }, select, icon("chevron")),
    /** @param {Model} model @param {number} node */
    update(model, node) {
      const key = model.labels.nodes.map((row) => row.name).join("\n");
      if (key !== known) {
        known = key;
        select.replaceChildren(...model.labels.nodes.map((row, value) => h("option", { value }, row.name)));
      }
      if (select.value !== String(node)) select.value = String(node);
    },
  };
}

/**
 * @param {{ command: (node: number, line: string) => void, setConsoleNode: (node: number) => void, model: () =>
 *   Model }} page
 * @returns {import("../types.js").View}
 */
export function consoleView(page) {
  const picker = nodePicker("Console of", "console-node", page.setConsoleNode);
  const log = h("pre", {
    class: "console-log",
    role: "log",
    tabindex: 0,
    "data-scroll": "",
    "aria-label": "Replies",
    "data-role": "console-log",
  });
  const lines = new List(log, () => {
    const element = h("span", {});
    return {
      element,
      update: (/** @type {import("../types.js").ConsoleLine} */ line) => {
        setText(element, line.kind === "in" ? `> ${line.text}` : line.text);
        setAttribute(element, "class", line.kind);
      },
    };
  });
  const prompt = h("label", { for: "console-input" });
  const input = h("input", {
    class: "field",
    id: "console-input",
    "data-role": "console-input",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    enterkeyhint: "send",
    placeholder: "SET greeting hello",
  });
  const history = typed(input);
  const form = h("form", { onsubmit: send }, prompt, input, h("button", { class: "button", type: "submit" }, "send"));
  const element = h(
    "div",
    { class: "console" },
    h(
      "div",
      { class: "console-head" },
      picker.element,
      h("span", { class: "mute" }, "as redis-cli, on the node itself"),
    ),
    log,
    form,
  );
  let shown = 0;

  /** @param {Event} event */
  function send(event) {
    event.preventDefault();
    const line = input.value;
    if (line.trim() === "") return;
    history.add(line);
    input.value = "";
    page.command(page.model().consoleNode, line);
  }

  return {
    element,
    text(model) {
      picker.update(model, model.consoleNode);
      const node = model.labels.nodes[model.consoleNode];
      setText(prompt, node ? `${node.ip}:${node.port}>` : ">");
      const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 30;
      lines.set(model.consoleLines);
      if (atEnd || model.consoleLines.length !== shown) log.scrollTop = log.scrollHeight;
      shown = model.consoleLines.length;
    },
  };
}

/** Earlier lines on the arrow keys. @param {HTMLInputElement} input */
function typed(input) {
  /** @type {string[]} */
  const lines = [];
  let at = 0;
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    at = Math.min(Math.max(at + (event.key === "ArrowUp" ? -1 : 1), 0), lines.length);
    input.value = lines[at] ?? "";
    event.preventDefault();
  });
  return {
    /** @param {string} line */
    add(line) {
      lines.push(line);
      at = lines.length;
    },
  };
}
