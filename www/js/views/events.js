// @ts-check
/** The list of causes, with or without the regular beat between them. */

import { h, setAttribute, setText } from "../ui/dom.js";
import { stamp } from "../ui/format.js";
import { icon, setIcon } from "../ui/icons.js";

/** @typedef {import("../types.js").EventRow} EventRow */

const MOST_ROWS = 200;

/**
 * @param {{ selectEvent: (event: EventRow) => void, setBeats: (beats: boolean) => void }} page
 * @returns {import("../types.js").View}
 */
export function eventsView(page) {
  const beats = h("input", { type: "checkbox", "data-role": "beats", onchange: () => page.setBeats(beats.checked) });
  const list = h("ol", {
    class: "events-list",
    "data-scroll": "",
    tabindex: 0,
    "aria-label": "Events, oldest first",
    "data-role": "events",
  });
  const element = h(
    "section",
    { class: "events", "aria-label": "Events" },
    h("div", { class: "events-head" }, h("h2", {}, "Events"), h("label", {}, beats, "heartbeats too")),
    list,
  );
  /** @type {Map<number, ReturnType<typeof eventRow>>} */
  let rows = new Map();
  let shown = "";
  return {
    element,
    text(model) {
      const last = model.events.at(-1)?.seq ?? -1;
      const key = `${model.eventsRevision} ${last} ${model.beats} ${model.labels.title}`;
      if (key === shown) return;
      shown = key;
      beats.checked = model.beats;
      const wanted = (model.beats ? model.events : model.events.filter((row) => row.cause)).slice(-MOST_ROWS);
      // Stay at the newest event unless the reader scrolled up.
      const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
      /** @type {typeof rows} */
      const next = new Map();
      for (const row of wanted) next.set(row.seq, rows.get(row.seq) ?? eventRow(row, page.selectEvent));
      for (const [seq, old] of rows) if (next.get(seq) !== old) old.element.remove();
      let before = list.firstElementChild;
      for (const entry of next.values()) {
        if (before === entry.element) before = before.nextElementSibling;
        else list.insertBefore(entry.element, before);
      }
      rows = next;
      const latest = wanted.at(-1)?.seq;
      for (const [seq, entry] of rows) entry.button.classList.toggle("latest", seq === latest);
      if (atEnd) list.scrollTop = list.scrollHeight;
    },
  };
}

/** @param {EventRow} row @param {(event: EventRow) => void} select */
function eventRow(row, select) {
  const mark = icon(row.cause ? row.level : "ok");
  if (row.cause) setIcon(mark, row.level);
  const what = h("span", { class: "what" });
  setText(what, row.text);
  const button = h(
    "button",
    {
      class: row.cause ? "event" : "event beat",
      type: "button",
      "data-role": "event",
      "data-kind": row.kind,
      onclick: () => select(row),
    },
    h("span", { class: "at" }, stamp(row.time_ms)),
    mark,
    what,
  );
  setAttribute(button, "data-level", row.level);
  return { element: h("li", {}, button), button };
}
