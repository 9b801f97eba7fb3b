// @ts-check
/** What a run can be saved as. Loaded when somebody asks for it. */

import { isPanic } from "../engine.js";
import { makeTable, makeTrace } from "../state/exports.js";
import { replay } from "../state/replay.js";
import { h, setShown, setText } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { wear } from "../styles/sheet.js";
import { dialog } from "./dialogs.js";
import { makePicture, makeShiviz } from "./messages-export.js";

/** @typedef {import("../types.js").ExportSource} ExportSource */
/**
 * @typedef {object} Export
 * @property {string} id
 * @property {string} label
 * @property {string} note what is in it
 * @property {string} ending of the file's name
 * @property {string} type
 * @property {(source: ExportSource) => Promise<string[] | null>} make its text in pieces; nothing if it was stopped
 */

/** @type {Export[]} */
const EXPORTS = [
  {
    id: "trace",
    label: "Trace, JSON",
    note: "scenario, seed, what you did, every event with its numbers, and the digest",
    ending: ".json",
    type: "application/json",
    make: makeTrace,
  },
  {
    id: "table",
    label: "Charts, CSV",
    note: "offsets, gaps, acknowledgements, output buffers and writes over time",
    ending: ".csv",
    type: "text/csv",
    make: makeTable,
  },
  {
    id: "diagram",
    label: "Diagram, SVG",
    note: "the space-time diagram of messages, as it is seen",
    ending: ".svg",
    type: "image/svg+xml",
    make: makePicture,
  },
  {
    id: "shiviz",
    label: "ShiViz log",
    note: "every message and every turn of the story with vector clocks",
    ending: ".log",
    type: "text/plain",
    make: makeShiviz,
  },
];

const LOOKS = /* css */ `
.exports { display: grid; gap: 6px; }
.exports .export { display: grid; grid-template-columns: 150px minmax(0, 1fr); gap: 2px 14px; align-items: center; }
.exports .button { justify-content: flex-start; }
@container psync (max-width: 559.9px) { .exports .export { grid-template-columns: minmax(0, 1fr); margin-bottom: 6px; } }
.export-state { min-height: 1.4em; color: var(--psync-mute); }
.export-state.failed { color: var(--psync-lost); }
`;

/**
 * @param {object} page
 * @param {() => Omit<ExportSource, "replay"> | null} page.source the run as it is when something is saved
 * @param {(error: unknown) => void} page.failed the engine broke
 */
export function exportDialog(page) {
  wear(LOOKS);
  const state = h("p", { class: "export-state", role: "status", "data-role": "export-state" });
  const buttons = EXPORTS.map((each) =>
    h(
      "button",
      { class: "button", type: "button", "data-role": `export-${each.id}`, onclick: () => void save(each) },
      icon("save"),
      each.label,
    ),
  );
  const rows = EXPORTS.map(({ note }, index) =>
    h("div", { class: "export" }, buttons[index], h("span", { class: "mute" }, note)),
  );
  const { element } = dialog(
    "Save this run as",
    "export-dialog",
    h("p", { class: "mute" }, "From its beginning to the last moment that was reached. The run itself goes on undisturbed."),
    h("div", { class: "exports" }, ...rows),
    state,
  );
  // Whoever closes the dialog wants no more of it.
  let wanted = 0;
  element.addEventListener("close", () => (wanted += 1));

  /** @param {Export} what */
  async function save(what) {
    const source = page.source();
    if (!source) return;
    const mine = (wanted += 1);
    const stopped = () => wanted !== mine;
    show("Playing the run once more …");
    const progress = (/** @type {number} */ share) => show(`Playing the run once more: ${Math.floor(share * 100)} %`);
    const again = (/** @type {import("../types.js").Replay} */ how) =>
      replay(source.engine, source.recording, { ...how, stopped, progress });
    try {
      const parts = await what.make({ ...source, replay: again });
      if (parts === null || stopped()) return;
      const name = fileName(source, what.ending);
      download(parts, name, what.type);
      show(`Saved as ${name}.`);
    } catch (error) {
      if (isPanic(error)) page.failed(error);
      show(`It could not be made: ${error instanceof Error ? error.message : String(error)}`, true);
    }
  }

  /** @param {string} words @param {boolean} [failed] */
  function show(words, failed = false) {
    setText(state, words);
    setShown(state, words !== "");
    state.classList.toggle("failed", failed);
  }

  return {
    element,
    show() {
      show("");
      element.showModal();
    },
  };
}

/** @param {{ name: string, recording: import("../types.js").Recording }} source @param {string} ending */
function fileName({ name, recording }, ending) {
  return `psync-${name || "own"}-seed-${recording.seed}${ending}`;
}

/** @param {string[]} parts @param {string} name @param {string} type */
function download(parts, name, type) {
  const address = URL.createObjectURL(new Blob(parts, { type }));
  h("a", { href: address, download: name }).click();
  // The browser has taken hold of it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
