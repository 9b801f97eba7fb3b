// @ts-check
/** Asks what shall differ in a twin of the run, and since when. Loaded when somebody asks for one. */

import { TRANSPORTS } from "../frame.js";
import { fork } from "../state/fork.js";
import { endsOf } from "../state/model.js";
import { makeTwin, overTcp, withDirective, withLink, withoutAction } from "../state/twin.js";
import { wear } from "../styles/sheet.js";
import { h, setShown, setText } from "../ui/dom.js";
import { stamp } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { dialog, problemView } from "./dialogs.js";

/** @typedef {import("../state/store.js").Store} Store */
/** @typedef {import("../types.js").Model} Model */
/**
 * A change: in words, in the scenario, and as something to be done from now on; nothing if it makes no sense so.
 * @typedef {{ words: string, change: (scenario: Record<string, any>) => Record<string, any>, now: (() => void) | null }} Change
 */

const LOOKS = /* css */ `
.twin-form { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 8px 10px; align-items: end; }
.twin-form label { display: grid; gap: 2px; font-size: 12px; color: var(--psync-mute); }
.twin-form label.wide { grid-column: 1 / -1; }
.twin-form .picker, .twin-form select { width: 100%; }
.twin-form .field { color: var(--psync-ink); width: 100%; }
.twin-when { display: flex; flex-wrap: wrap; gap: 4px 18px; border: 0; padding: 0; margin: 0; }
.twin-when label { display: inline-flex; gap: 6px; align-items: center; cursor: pointer; }
.twin-when input { accent-color: var(--psync-stream); margin: 0; }
@container psync (max-width: 559.9px) { .twin-form { grid-template-columns: minmax(0, 1fr); } }
`;

/** Settings of a link: words, name in a scenario, and what a number in the field is worth. @type {[string, string, number][]} */
const LINK_SETTINGS = [
  ["transport", "transport", 0],
  ["latency, ms", "latency_ms", 1],
  ["jitter, ms", "jitter_ms", 1],
  ["bandwidth, Mbit/s", "bandwidth_bytes_per_s", 1e6 / 8],
  ["loss, %", "loss_ppm", 1e4],
  ["duplicates, %", "duplicate_ppm", 1e4],
];

/** @param {Store} store */
export function twinDialog(store) {
  wear(LOOKS);
  const { model } = store;
  const kind = choice("What differs", "twin-kind", show);
  const place = choice("Where", "twin-place", show);
  const setting = choice("Setting", "twin-setting", show);
  const transport = choice("Value", "twin-transport", show);
  const value = h("input", { class: "field", "data-role": "twin-value", autocomplete: "off", spellcheck: "false" });
  const valueLabel = h("label", {}, "Value", value);
  const when = whenChoice();
  const problem = problemView();
  const state = h("p", { class: "mute", role: "status" });
  const run = h("button", { class: "button primary", type: "button", "data-role": "twin-run", onclick: () => void start() }, icon("twin"), "Run the twin");
  const { element } = dialog(
    "A twin of this run",
    "twin-dialog",
    h("p", { class: "mute" }, "The same seed and everything that you did, with one thing changed. Both runs share the time strip."),
    h("div", { class: "twin-form" }, kind.label, place.label, setting.label, transport.label, valueLabel),
    when.element,
    problem.element,
    h("div", { class: "dialog-foot" }, state, run),
  );

  function show() {
    const what = kind.value;
    const planned = model.scenario.actions ?? [];
    const links = model.labels.links.map((link, index) => [String(index), link.name]);
    place.set(
      what === "link" ? links
      : what === "node" ? model.labels.nodes.map((node, index) => [String(index), node.name])
      : planned.map((action, index) => [String(index), plannedWords(action)]),
    );
    setShown(place.label, what !== "tcp");
    place.label.classList.toggle("wide", what === "planned");
    setting.set(
      what === "link"
        ? LINK_SETTINGS.map(([words, name]) => [name, words])
        : [...model.directives.keys()].sort((a, b) => Number(b.startsWith("repl") || b.startsWith("min-")) - Number(a.startsWith("repl") || a.startsWith("min-"))).map((name) => [name, name]),
    );
    setShown(setting.label, what === "link" || what === "node");
    transport.set(TRANSPORTS.map((name) => [name, name]));
    const byName = what === "link" && setting.value === "transport";
    setShown(transport.label, byName);
    setShown(valueLabel, (what === "link" && !byName) || what === "node");
    value.placeholder = what === "node" ? (model.directives.get(setting.value)?.default ?? "") : "";
    setText(when.now, `from now on, ${stamp(model.now_ms)}`);
    const inert = what === "node" && model.directives.get(setting.value)?.mutable === false;
    when.allow(what === "link" || (what === "node" && !inert));
  }

  /** @returns {Change | string} or what is missing */
  function chosen() {
    const at = Number(place.value);
    if (kind.value === "tcp") return { words: "every link over tcp", change: overTcp, now: null };
    if (kind.value === "planned") {
      const action = (model.scenario.actions ?? [])[at];
      if (!action) return "This scenario plans nothing that could be left out.";
      return { words: `without “${plannedWords(action)}”`, change: withoutAction(at), now: null };
    }
    if (kind.value === "node") {
      const text = value.value.trim() || value.placeholder;
      const node = model.labels.nodes[at].name;
      const line = `CONFIG SET ${setting.value} "${text.replace(/["\\]/g, "\\$&")}"`;
      const words = `${setting.value} ${text} on ${node}`;
      return { words, change: withDirective(node, setting.value, text), now: () => store.command(at, line) };
    }
    if (!model.labels.links[at]) return "There is no link.";
    const ends = endsOf(model, at);
    const factor = LINK_SETTINGS.find(([, name]) => name === setting.value)?.[2] ?? 1;
    const number = Number(value.value);
    if (factor !== 0 && (value.value.trim() === "" || !Number.isFinite(number))) return "The value has to be a number.";
    const exact = setting.value.endsWith("_ms") ? number : Math.round(number * factor);
    const settings = { [setting.value]: factor === 0 ? transport.value : exact };
    const told = factor === 0 ? transport.value : `${LINK_SETTINGS.find(([, name]) => name === setting.value)?.[0]} ${number}`;
    const words = factor === 0 ? `${ends.join(" – ")} over ${told}` : `${told} on ${ends.join(" – ")}`;
    return { words, change: withLink(ends, settings), now: () => store.act({ do: "set_link", link: ends, ...settings }) };
  }

  async function start() {
    const change = chosen();
    if (typeof change === "string") return problem.show({ message: change, path: "", expected: "", found: "" });
    problem.show(null);
    if (when.isNow() && change.now) {
      fork(store, `${change.words} from there on`);
      change.now();
      return element.close();
    }
    run.disabled = true;
    const refusal = await makeTwin(store, change.change, change.words, (share) => setText(state, `${Math.floor(share * 100)} % played`));
    run.disabled = false;
    setText(state, "");
    if (refusal) problem.show({ ...refusal, message: refusal.message, path: "" });
    else element.close();
  }

  return {
    element,
    show() {
      kind.set([
        ["link", "a link's setting"],
        ["node", "a node's setting"],
        ["planned", "a planned event is left out"],
        ["tcp", "every link over TCP"],
      ]);
      problem.show(null);
      show();
      const { node, link } = model.selection;
      if (kind.value === "link" && link >= 0) place.value = String(link);
      if (kind.value === "node" && node >= 0) place.value = String(node);
      show();
      element.showModal();
    },
  };
}

/** @param {import("../types.js").PlannedAction} action */
function plannedWords({ at_ms = 0, do: what = "", link, node, client, line }) {
  const name = link?.join(" – ") ?? node ?? client ?? "";
  return `${line ? `${name}: ${line}` : `${what.replaceAll("_", " ")} ${name}`} at ${stamp(at_ms)}`;
}

/** A menu with a label. @param {string} words @param {string} role @param {() => void} changed */
function choice(words, role, changed) {
  const select = h("select", { "data-role": role, onchange: changed });
  const label = h("label", {}, words, h("span", { class: "picker" }, select, icon("chevron")));
  let known = "";
  return {
    label,
    get value() {
      return select.value;
    },
    set value(value) {
      select.value = value;
    },
    /** @param {string[][]} entries */
    set(entries) {
      const key = JSON.stringify(entries);
      if (key === known) return;
      known = key;
      select.replaceChildren(...entries.map(([value, text]) => h("option", { value }, text)));
    },
  };
}

/** Since when: from the beginning, or from the moment that is shown. */
function whenChoice() {
  const beginning = h("input", { type: "radio", name: "twin-when", checked: true, "data-role": "twin-from-beginning" });
  const later = h("input", { type: "radio", name: "twin-when", "data-role": "twin-from-now" });
  const now = h("span", {});
  const element = h(
    "fieldset",
    { class: "twin-when" },
    h("legend", { class: "hidden-text" }, "Since when"),
    h("label", {}, beginning, "from the beginning"),
    h("label", {}, later, now),
  );
  return {
    element,
    now,
    isNow: () => later.checked && !later.disabled,
    /** @param {boolean} both */
    allow(both) {
      later.disabled = !both;
      if (!both) beginning.checked = true;
    },
  };
}
