// @ts-check
/**
 * What became of the acknowledged writes: safe, at risk or lost, with lists of the latest that are not safe. Loaded when
 * somebody looks.
 */

import { wear } from "../styles/sheet.js";
import { h, List, setAttribute, setShown, setText } from "../ui/dom.js";
import { count, stamp } from "../ui/format.js";
import { icon } from "../ui/icons.js";

/** @typedef {import("../types.js").Fates} Fates */
/** @typedef {import("../types.js").FateRow} FateRow */

const LOOKS = /* css */ `
.fates { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 8px; }
.fate { border: 1px solid var(--psync-line); border-left: 4px solid var(--level); border-radius: 7px; padding: 5px 9px 6px; }
.fate .name { display: flex; align-items: center; gap: 5px; color: var(--level); font-size: 12px; font-weight: 600; }
.fate .name .icon { width: 13px; height: 13px; stroke-width: 2.4; }
.fate .number { font: 600 18px/1.25 var(--psync-mono); font-variant-numeric: tabular-nums; }
.fates-note { color: var(--psync-mute); font-size: 12px; margin-top: 5px; }
.fate-rows { max-height: 15em; overflow-y: auto; margin: 0 -8px; }
.fate-row {
  display: grid; grid-template-columns: 70px minmax(0, 1fr); gap: 1px 8px; width: 100%; padding: 3px 8px; border: 0;
  border-radius: 6px; background: none; text-align: left; font-size: 12px; line-height: 1.35; cursor: pointer;
}
.fate-row:hover { background: var(--psync-sunk); }
.fate-row:focus-visible { outline-offset: -2px; }
.fate-row .at { font-family: var(--psync-mono); font-size: 11.5px; color: var(--psync-mute); text-align: right; }
.fate-row .command { font-family: var(--psync-mono); overflow-wrap: anywhere; }
.fate-row .place { grid-column: 2; color: var(--psync-mute); overflow-wrap: anywhere; }
@media (pointer: coarse) { .fate-row { padding-block: 8px; } }
`;

/**
 * @param {{ seek: (time_ms: number) => void }} page
 * @returns {import("../types.js").View}
 */
export function fatesView(page) {
  wear(LOOKS);
  const boxes = [
    box("ok", "safe", "safe", "every master of their history has them, and another node"),
    box("risk", "at risk", "at_risk", "would be lost if one node died now"),
    box("lost", "lost", "lost", "acknowledged, and in no history that goes on"),
  ];
  const note = h("p", { class: "fates-note", "data-role": "fates-note" });
  const lost = rowsView("Lost writes", "acknowledged; the latest first", "lost-writes", page.seek);
  const risky = rowsView("Writes at risk", "the latest first", "writes-at-risk", page.seek);
  const element = h(
    "section",
    { "data-role": "fates" },
    h(
      "h3",
      { class: "section-head" },
      "Acknowledged writes",
      h("span", { class: "note" }, "by history and offset"),
    ),
    h("div", { class: "fates" }, ...boxes.map((each) => each.element)),
    note,
    lost.element,
    risky.element,
  );
  return {
    element,
    text({ fates, now_ms }) {
      if (!fates) return;
      for (const each of boxes) each.update(fates);
      const part = Math.floor((100 * fates.traced_ms) / Math.max(now_ms, 1));
      const older = fates.unknown > 0 ? `${count(fates.unknown)} older ones are no longer looked at one by one.` : "";
      setText(note, fates.done ? older : `Going through the run again: ${Math.min(part, 99)} %`);
      setShown(note, note.textContent !== "");
      setAttribute(element, "aria-busy", fates.done ? "false" : "true");
      lost.update(fates.lost_rows, fates.lost);
      risky.update(fates.at_risk_rows, fates.at_risk);
    },
  };
}

/**
 * @param {"ok" | "risk" | "lost"} level
 * @param {string} name
 * @param {"safe" | "at_risk" | "lost"} field
 * @param {string} meaning
 */
function box(level, name, field, meaning) {
  const number = h("div", { class: "number", "data-role": `fate-${field}` }, "0");
  const title = h("div", { class: "name" }, icon(level), name);
  return {
    element: h("div", { class: "fate", "data-level": level, title: meaning }, title, number),
    /** @param {Fates} fates */
    update: (fates) => setText(number, count(fates[field])),
  };
}

/** @param {string} title @param {string} words @param {string} role @param {(time_ms: number) => void} seek */
function rowsView(title, words, role, seek) {
  const rows = h("div", { class: "fate-rows", role: "group", "aria-label": title, "data-scroll": "" });
  const list = new List(rows, () => rowView(seek));
  const more = h("p", { class: "fates-note" });
  const head = h("h3", { class: "section-head" }, title, h("span", { class: "note" }, words));
  const element = h("div", { "data-role": role }, head, rows, more);
  element.style.marginTop = "12px";
  return {
    element,
    /** @param {FateRow[]} items @param {number} all */
    update(items, all) {
      setShown(element, items.length > 0);
      list.set(items);
      setShown(more, all > items.length);
      setText(more, `and ${count(all - items.length)} before them`);
    },
  };
}

/** @param {(time_ms: number) => void} seek */
function rowView(seek) {
  let time = 0;
  const at = h("span", { class: "at" });
  const command = h("span", { class: "command" });
  const place = h("span", { class: "place" });
  const attributes = { class: "fate-row", type: "button", "data-role": "fate-row" };
  return {
    element: h("button", { ...attributes, onclick: () => seek(time) }, at, command, place),
    /** @param {FateRow} row */
    update(row) {
      time = row.time_ms;
      setText(at, stamp(row.time_ms));
      setText(command, row.command);
      setText(place, `${row.client}, to offset ${count(row.offset)}: ${row.place}`);
    },
  };
}
