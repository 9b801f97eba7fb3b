// @ts-check
/**
 * What must hold in every run, one light each: what it means, whether it holds, and where it broke. Loaded when somebody
 * looks.
 */

import { lightsOf, stateOfLight } from "../state/lights.js";
import { wear } from "../styles/sheet.js";
import { h, List, setAttribute, setShown, setText } from "../ui/dom.js";
import { count, stamp } from "../ui/format.js";
import { icon, setIcon } from "../ui/icons.js";

/** @typedef {import("../types.js").Light} Light */
/** @typedef {import("../types.js").Model} Model */
/** @typedef {{ seek: (time_ms: number) => void, selectNode: (node: number) => void }} Page */

/** What each light means. @type {Record<string, string>} */
const MEANINGS = {
  "same offset, same data": "Two nodes at the same offset of one history, the same (replid, offset), hold the same data.",
  "a stream is a prefix of its history": "Every byte that a replica got is the one that its master's history has there.",
  "offsets go forward": "A node's offset goes back only with a full resync or a new process.",
  "the backlog is the stream": "A backlog holds the latest bytes of the stream, as many as its size and its readers ask for.",
  "a refused write is in no stream": "What was answered NOREPLICAS, or refused otherwise, reaches no replica.",
  "WAIT counts what replicas have": "Neither WAIT nor an ACK counts a replica that lacks the bytes.",
  "all converge after faults":
    "When everything works again, each replica comes to the history and the offset of its master, within 200 s; longer for large data.",
  "nothing panics": "The engine goes on whatever is done to it; a panic ends the run and shows here.",
};

const SIGNS = { broken: /** @type {const} */ ("lost"), holds: /** @type {const} */ ("ok"), waits: /** @type {const} */ ("down") };

const LOOKS = /* css */ `
.checks-note { color: var(--psync-mute); font-size: 12px; margin-bottom: 8px; }
.check { display: grid; grid-template-columns: 18px minmax(0, 1fr); gap: 1px 8px; padding: 7px 0 8px; }
.check + .check { border-top: 1px solid var(--psync-line); }
.check > .icon { color: var(--level); margin-top: 1px; stroke-width: 2.4; }
.check .name { display: flex; gap: 2px 10px; justify-content: space-between; align-items: baseline; flex-wrap: wrap; }
.check .name strong { font-weight: 600; }
.check .state { color: var(--level); font-size: 12px; white-space: nowrap; }
.check .meaning { color: var(--psync-mute); font-size: 12px; text-wrap: pretty; }
.check .meaning, .check .breach { grid-column: 2; }
.check .breach {
  margin-top: 4px; padding: 6px 9px 7px; border-left: 4px solid var(--psync-lost); border-radius: 3px 7px 7px 3px;
  background: color-mix(in srgb, var(--psync-lost) 9%, var(--psync-panel)); overflow-wrap: anywhere;
}
.check .breach .places { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 5px; }
.check .breach .button { min-height: 26px; padding-block: 1px; }
@media (pointer: coarse) { .check .breach .button { min-height: 44px; } }
`;

/** @param {Page} page @returns {import("../types.js").View} */
export function checksView(page) {
  wear(LOOKS);
  const note = h("p", { class: "checks-note", "data-role": "checks-note" });
  const rows = h("ul", { "data-role": "checks" });
  /** @type {Model | undefined} */
  let latest;
  const list = new List(rows, () => rowView(page, () => latest));
  return {
    element: h(
      "section",
      { class: "checks" },
      h("h3", { class: "section-head" }, "What must hold", h("span", { class: "note" }, "in every run, whatever is done")),
      note,
      rows,
    ),
    text(model) {
      latest = model;
      const { lights, now_ms, phase } = model;
      const behind = phase === "ready" && lights?.done === false;
      setAttribute(rows, "aria-busy", behind);
      const far = behind ? `Looked at up to ${stamp(lights.checked_ms)} of ${stamp(now_ms)}; the rest follows.` : "";
      const how = "A second playing of the run is looked at after each happening, from the beginning up to this moment.";
      setText(note, lights ? far || how : "Nothing was looked at yet.");
      list.set(lightsOf(model));
    },
  };
}

/** @param {Page} page @param {() => Model | undefined} latest */
function rowView(page, latest) {
  /** @type {Light["broken"]} */
  let broken;
  const sign = icon("down");
  const name = h("strong", {});
  const state = h("span", { class: "state" });
  const meaning = h("p", { class: "meaning" });
  const words = h("p", {});
  const seek = h("button", {
    class: "button",
    type: "button",
    "data-role": "breach-time",
    onclick: () => broken && page.seek(broken.time_ms),
  });
  const nodes = [0, 1].map((which) =>
    h("button", {
      class: "button",
      type: "button",
      "data-role": "breach-node",
      onclick: () => broken && page.selectNode(which === 0 ? broken.node : broken.other),
    }),
  );
  const breach = h("div", { class: "breach" }, words, h("div", { class: "places" }, seek, ...nodes));
  const head = h("div", { class: "name" }, name, state);
  const element = h("li", { class: "check", "data-role": "check" }, sign, head, meaning, breach);
  return {
    element,
    /** @param {Light} light */
    update(light) {
      const model = latest();
      if (!model) return;
      const now = stateOfLight(light, model.now_ms);
      broken = now === "broken" ? light.broken : undefined;
      setAttribute(element, "data-level", SIGNS[now]);
      setAttribute(element, "data-state", now);
      setIcon(sign, SIGNS[now]);
      setText(name, light.name);
      setText(state, stateWords(light, now, model));
      setText(meaning, MEANINGS[light.name] ?? "");
      setShown(breach, broken !== undefined);
      if (!broken) return;
      setText(words, `${broken.text}.`);
      setText(seek, `At ${stamp(broken.time_ms)}`);
      setAttribute(seek, "aria-label", `Go to ${stamp(broken.time_ms)}`);
      seek.disabled = model.phase !== "ready";
      [broken.node, broken.other].forEach((node, which) => {
        setShown(nodes[which], node >= 0 && (which === 0 || node !== broken?.node));
        setText(nodes[which], model.labels.nodes[node]?.name ?? "");
      });
    },
  };
}

/** @param {Light} light @param {ReturnType<typeof stateOfLight>} state @param {Model} model */
function stateWords({ broken, tried }, state, { lights, past }) {
  if (state === "broken") return "broken";
  const ahead = broken ? `, breaks at ${stamp(broken.time_ms)}` : "";
  if (state === "waits") return `nothing to check so far${ahead}`;
  // How often is counted up to where the checker is, which may lie ahead.
  return past || !lights ? `holds${ahead}` : `holds, ${count(tried)} ${tried === 1 ? "time" : "times"}${ahead}`;
}
