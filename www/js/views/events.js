// @ts-check
/** The list of causes, with or without the regular beat between them. */

import { h, setText } from "../ui/dom.js";
import { stamp } from "../ui/format.js";
import { icon } from "../ui/icons.js";

/** @typedef {import("../types.js").EventRow} EventRow */

/** @typedef {{ first: EventRow, last: EventRow, times: number }} Entry */

const MOST_ROWS = 200;
/** An event that is told again within so many rows repeats. */
const REPEAT_WITHIN = 3;

/**
 * @param {{ selectEvent: (event: EventRow) => void, setBeats: (beats: boolean) => void,
 *   seek: (time_ms: number) => void }} page
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
    "div",
    { class: "events", role: "group", "aria-label": "Events" },
    h("div", { class: "events-head" }, h("h2", {}, "Events"), h("label", {}, beats, "heartbeats too")),
    list,
  );
  /** @type {Map<number, ReturnType<typeof eventRow>>} */
  let rows = new Map();
  let shown = "";
  let visible = false;
  return {
    element,
    text(model) {
      // A list that was out of sight has not kept to its end.
      if (!visible && list.clientHeight > 0) list.scrollTop = list.scrollHeight;
      visible = list.clientHeight > 0;
      const key = `${model.eventsRevision} ${model.beats} ${model.labels.title}`;
      if (key === shown) return;
      shown = key;
      beats.checked = model.beats;
      // What lies in the recorded future has not happened yet.
      const happened = model.events.filter((row) => row.seq <= model.seq && (model.beats || row.cause));
      const entries = fold(happened).slice(-MOST_ROWS);
      // Stay at the newest event unless the reader scrolled up.
      const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
      /** @type {typeof rows} */
      const next = new Map();
      for (const entry of entries) {
        const kept = rows.get(entry.first.seq);
        next.set(entry.first.seq, kept?.event === entry.first ? kept : eventRow(entry.first, page));
      }
      for (const [seq, old] of rows) if (next.get(seq) !== old) old.element.remove();
      let before = list.firstElementChild;
      for (const row of next.values()) {
        if (before === row.element) before = before.nextElementSibling;
        else list.insertBefore(row.element, before);
      }
      rows = next;
      const newest = entries.reduce((late, entry) => Math.max(late, entry.last.seq), -1);
      for (const entry of entries) {
        const noReturn = model.noReturns.find((found) => found.seq === entry.last.seq);
        rows.get(entry.first.seq)?.update(entry, entry.last.seq === newest, noReturn);
      }
      if (atEnd) list.scrollTop = list.scrollHeight;
    },
  };
}

/**
 * Joins what repeats, such as dials that fail each second, into one row that counts.
 * @param {EventRow[]} events
 * @returns {Entry[]}
 */
function fold(events) {
  /** @type {Entry[]} */
  const entries = [];
  for (const event of events) {
    const same = entries.slice(-REPEAT_WITHIN).find((entry) => isSame(entry.first, event));
    if (same) {
      same.last = event;
      same.times += 1;
    } else {
      entries.push({ first: event, last: event, times: 1 });
    }
  }
  return entries;
}

/** @param {EventRow} left @param {EventRow} right */
function isSame(left, right) {
  return left.cause && left.kind === right.kind && left.node === right.node && left.text === right.text;
}

/**
 * @param {EventRow} event
 * @param {{ selectEvent: (event: EventRow) => void, seek: (time_ms: number) => void }} page
 */
function eventRow(event, page) {
  const mark = icon(event.level);
  const at = h("span", { class: "at" });
  const what = h("span", { class: "what" });
  const button = h(
    "button",
    {
      class: event.cause ? "event" : "event beat",
      type: "button",
      "data-role": "event",
      "data-kind": event.kind,
      "data-level": event.level,
      onclick: () => page.selectEvent(event),
    },
    at,
    mark,
    what,
  );
  const element = h("li", {}, button);
  /** @type {HTMLButtonElement | undefined} */
  let since;
  return {
    element,
    event,
    /** @param {Entry} entry @param {boolean} latest @param {import("../types.js").NoReturn} [noReturn] */
    update(entry, latest, noReturn) {
      if (noReturn && !since) element.append((since = sinceButton(noReturn, page.seek)));
      setText(at, stamp(entry.first.time_ms));
      setText(
        what,
        entry.times === 1 ? event.text : `${event.text} (${entry.times} times, last at ${stamp(entry.last.time_ms)})`,
      );
      button.classList.toggle("latest", latest);
    },
  };
}

/** @param {import("../types.js").NoReturn} noReturn @param {(time_ms: number) => void} seek */
function sinceButton({ text, since_ms }, seek) {
  const attributes = { class: "since", type: "button", "data-role": "event-unavoidable", disabled: since_ms === undefined };
  return h("button", { ...attributes, onclick: () => since_ms !== undefined && seek(since_ms) }, text);
}
