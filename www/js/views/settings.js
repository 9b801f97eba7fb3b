// @ts-check
/** A node's configuration. A changed field is typed at its console as CONFIG SET. */

import { h, List, setAttribute, setShown, setText } from "../ui/dom.js";
import { nodePicker } from "./console.js";

/** @typedef {import("../types.js").Model} Model */

/** What decides about replication comes first, in this order; names that begin alike stand together. */
const FIRST = [
  "repl-backlog-size",
  "repl-timeout",
  "min-replicas",
  "repl-ping",
  "client-output-buffer-limit",
  "repl-",
  "replica-",
];

/**
 * @param {{ command: (node: number, line: string) => void, setConsoleNode: (node: number) => void, model: () =>
 *   Model }} page
 * @returns {import("../types.js").View}
 */
export function settingsView(page) {
  const picker = nodePicker("Settings of", "settings-node", page.setConsoleNode);
  const filter = h("input", {
    class: "field",
    type: "search",
    placeholder: "filter",
    "aria-label": "Filter settings",
    "data-role": "settings-filter",
    oninput: () => show(page.model()),
  });
  const box = h("div", {});
  const rows = new List(box, () =>
    settingRow((name, value) => {
      page.command(page.model().consoleNode, `CONFIG SET ${name} ${quote(value)}`);
    }),
  );
  const answer = h("p", { class: "mute", role: "status" });
  const element = h(
    "div",
    { class: "settings" },
    h("div", { class: "settings-head" }, picker.element, filter),
    answer,
    box,
  );

  /** @param {Model} model */
  function show(model) {
    const wanted = filter.value.trim().toLowerCase();
    const known = model.config.filter(([name]) => name.includes(wanted));
    // The sort is stable: within a rank the engine's order stays.
    const sorted = known.sort(([left], [right]) => rank(left) - rank(right));
    rows.set(sorted.map(([name, value]) => ({ name, value, directive: model.directives.get(name) })));
  }

  return {
    element,
    text(model) {
      picker.update(model, model.consoleNode);
      show(model);
      setText(answer, lastAnswer(model) || "A change is typed at the node's console as CONFIG SET.");
    },
  };
}

/** @param {string} name */
function rank(name) {
  const at = FIRST.findIndex((beginning) => name.startsWith(beginning));
  return at < 0 ? FIRST.length : at;
}

/** The last CONFIG SET and what the node answered. @param {Model} model */
function lastAnswer({ consoleLines }) {
  const at = consoleLines.findLastIndex((line) => line.kind === "in");
  if (!consoleLines[at]?.text.includes("CONFIG SET")) return "";
  const reply = consoleLines.slice(at + 1).map((line) => line.text);
  return `${consoleLines[at].text} → ${reply.join(" ") || "no reply yet"}`;
}

/** @param {string} value */
function quote(value) {
  return /^[\w.-]+$/.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;
}

/** @param {(name: string, value: string) => void} set */
function settingRow(set) {
  const label = h("label", {});
  const input = h("input", {
    class: "field",
    autocomplete: "off",
    spellcheck: "false",
    onchange: () => set(label.textContent ?? "", input.value),
  });
  const help = h("p", { class: "help" });
  const element = h("div", { class: "setting" }, label, input, help);
  return {
    element,
    /** @param {{ name: string, value: string, directive: import("../types.js").Directive | undefined }} item */
    update({ name, value, directive }) {
      const id = `setting-${name}`;
      setText(label, name);
      setAttribute(label, "for", id);
      setAttribute(input, "id", id);
      setAttribute(input, "data-role", id);
      input.readOnly = directive?.mutable === false;
      setText(help, directive?.help ?? "");
      setShown(help, Boolean(directive?.help));
      const root = /** @type {ShadowRoot} */ (input.getRootNode());
      if (root.activeElement !== input && input.value !== value) input.value = value;
    },
  };
}
