// @ts-check
/**
 * What links carried, read from the engine while the diagram is shown: packed rows of the window, and everything about the
 * selected message.
 */

import { stamp } from "../ui/format.js";
import { stripEnd } from "./model.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("../engine.js").Playground} Playground */

/** The windows that can be chosen, in virtual milliseconds; 0 is the whole run. */
export const WINDOWS = [1000, 5000, 30_000, 0];
/** Kinds of messages, in the order of the engine's numbers. */
export const KINDS = ["stream", "heartbeat", "ack", "snapshot", "handshake", "request", "reply", "close"];
export const OUTCOME = { underWay: 0, arrived: 1, lost: 2 };
/** The consoles of nodes are counted from here. */
const CONSOLES = 1e6;
/** This part of a window lies ahead of the moment, so that arrivals to come are seen. */
const AHEAD = 0.08;
/** With more messages than this at first sight a smaller window shows more. */
const CROWD = 400;
/** So many rows are read ten times a second instead of once a frame. */
const MANY = 3000;
/** Messages in the list around the selected one. */
const LISTED = 25;

/** Rows of numbers, by name. */
export class Rows {
  /** @param {Float64Array} values first the time since which all are kept @param {import("../frame.js").Places} places */
  constructor(values, places) {
    this.values = values;
    this.places = places;
    this.stride = places.stride || 1;
    this.count = Math.max(0, (values.length - 1) / this.stride);
    this.since_ms = values[0] ?? 0;
  }

  /** @param {number} index @param {string} field */
  get(index, field) {
    return this.values[1 + index * this.stride + this.places[field]];
  }

  /** Where a message is, or -1. Numbers grow. @param {number} number */
  find(number) {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.get(middle, "number") < number) low = middle + 1;
      else high = middle;
    }
    return low < this.count && this.get(low, "number") === number ? low : -1;
  }

  /** Whether both ends are nodes. @param {number} index */
  isBetweenNodes(index) {
    const [from, to] = [this.get(index, "from"), this.get(index, "to")];
    return from >= 0 && to >= 0 && from < CONSOLES && to < CONSOLES;
  }
}

/** Who sends or receives. @param {number} code @returns {{ node: number, client: number, console: boolean }} */
export function partyOf(code) {
  if (code < 0) return { node: -1, client: -1 - code, console: false };
  return code < CONSOLES ? { node: code, client: -1, console: false } : { node: code - CONSOLES, client: -1, console: true };
}

/** @param {Model} model @param {number} code */
export function partyName(model, code) {
  const { node, client, console } = partyOf(code);
  const name = node < 0 ? model.labels.clients[client]?.name : model.labels.nodes[node]?.name;
  return console ? `console of ${name}` : (name ?? "");
}

/** The part of the run that the diagram is to show. @param {Model} model @returns {{ from_ms: number, to_ms: number }} */
export function windowOf(model) {
  const width = model.messages?.window_ms ?? 0;
  if (width === 0) return { from_ms: 0, to_ms: stripEnd(model) };
  const from_ms = Math.max(0, model.now_ms - width * (1 - AHEAD));
  return { from_ms, to_ms: from_ms + width };
}

/** Reads what the diagram shows. */
export class Watch {
  /** @param {Model} model @param {import("../frame.js").Places} places of the numbers in a row */
  constructor(model, places) {
    this.model = model;
    this.places = places;
    /** Nothing was read yet. */
    this.fresh = true;
    this.read_ms = NaN;
    this.model.messages = {
      window_ms: WINDOWS[1],
      shown: { from_ms: 0, to_ms: 0 },
      clients: true,
      rows: new Rows(new Float64Array(1), places),
      beside: null,
      selected: 0,
      revision: 0,
      sections: [],
      summary: "",
      bytes: new Uint8Array(0),
      size: 0,
      around: [],
    };
  }

  /** Looks no longer. @param {Playground | undefined} playground */
  close(playground) {
    this.model.messages = null;
    playground?.forget_messages();
    this.model.fork?.beside.playground.forget_messages();
  }

  /** The rows of the window. The engine's array is copied: it holds until the next call. @param {Playground} playground */
  rows(playground) {
    const { messages } = this.model;
    if (!messages) return;
    this.read_ms = playground.now_ms();
    messages.shown = windowOf({ ...this.model, now_ms: this.read_ms });
    const read = (/** @type {Playground} */ run) => new Rows(run.messages(messages.shown.from_ms).slice(), this.places);
    messages.rows = read(playground);
    messages.beside = this.model.fork ? read(this.model.fork.beside.playground) : null;
  }

  /** As {@link Watch.rows}, once a frame; many rows are read less often. @param {Playground} playground */
  keepUp(playground) {
    const many = (this.model.messages?.rows.count ?? 0) >= MANY;
    if (!many && this.read_ms !== playground.now_ms()) this.rows(playground);
  }

  /** Another run begins. */
  restart() {
    const { messages } = this.model;
    if (messages) messages.rows = new Rows(new Float64Array(1), this.places);
    this.select(0);
  }

  /** @param {number} number */
  select(number) {
    const { messages } = this.model;
    if (!messages) return;
    messages.selected = number;
    messages.revision += 1;
  }

  /** The selected message in words. */
  sentence() {
    const { messages } = this.model;
    const index = messages ? messages.rows.find(messages.selected) : -1;
    if (!messages || index < 0) return "No message";
    const { rows, summary } = messages;
    const lost = rows.get(index, "outcome") === OUTCOME.lost ? ", lost" : "";
    return `${stamp(rows.get(index, "sent_ms"))}, ${wayOf(this.model, index)}, ${KINDS[rows.get(index, "kind")]}${lost}: ${summary}`;
  }

  /** Rows, and the text about the selected message. @param {Playground} playground */
  read(playground) {
    const { messages } = this.model;
    if (!messages) return;
    this.rows(playground);
    if (this.fresh && messages.rows.count > CROWD) {
      messages.window_ms = WINDOWS[0];
      this.rows(playground);
    }
    this.fresh = false;
    const { rows, selected } = messages;
    // One that has left the window is described as long as the engine keeps it.
    const sections = selected > 0 ? playground.inspect_message(selected) : [];
    messages.sections = sections;
    messages.summary = selected > 0 ? playground.message_summary(selected) : "";
    messages.bytes = selected > 0 ? playground.message_bytes(selected) : messages.bytes.slice(0, 0);
    const at = rows.find(selected);
    if (at >= 0) messages.size = rows.get(at, "bytes");
    messages.around = this.around(playground, at);
  }

  /** @param {Playground} playground @param {number} at place of the selected message, or -1 */
  around(playground, at) {
    const shown = this.shown();
    const { messages } = this.model;
    if (!messages) return [];
    const middle = at < 0 ? shown.length : shown.indexOf(at);
    const from = Math.max(0, Math.min(middle - (LISTED >> 1), shown.length - LISTED));
    return shown
      .slice(from, from + LISTED)
      .reverse()
      .map((index) => {
        const number = messages.rows.get(index, "number");
        return {
          number,
          time_ms: messages.rows.get(index, "sent_ms"),
          way: wayOf(this.model, index),
          kind: KINDS[messages.rows.get(index, "kind")] ?? "",
          summary: playground.message_summary(number),
        };
      });
  }

  /** Places of the rows that the diagram shows. @returns {number[]} */
  shown() {
    const { messages } = this.model;
    if (!messages) return [];
    const places = [];
    for (let index = 0; index < messages.rows.count; index += 1) {
      if (messages.clients || messages.rows.isBetweenNodes(index)) places.push(index);
    }
    return places;
  }

  /** The message so many places on from the selected one; the latest if none is selected. @param {number} by */
  neighbour(by) {
    const { messages } = this.model;
    const shown = this.shown();
    if (!messages || shown.length === 0) return 0;
    const at = shown.indexOf(messages.rows.find(messages.selected));
    const next = at < 0 ? shown.length - 1 : Math.min(Math.max(at + by, 0), shown.length - 1);
    return messages.rows.get(shown[next], "number");
  }
}

/** Shows what links carry. @param {import("./store.js").Store} store */
export function openMessages(store) {
  const { engine, model, reader } = store;
  if (!engine) return;
  reader.watch = new Watch(model, engine.layout().carried);
  store.setTab("message");
}

/** @param {import("./store.js").Store} store */
export function closeMessages(store) {
  const { model, reader } = store;
  reader.watch?.close(store.playground);
  reader.watch = null;
  store.setTab(model.tab === "message" ? "inspector" : model.tab);
}

/** Selects a message by its number; 0 for none. @param {import("./store.js").Store} store @param {number} number */
export function selectMessage(store, number) {
  store.reader.watch?.select(number);
  store.refresh();
}

/** Selects the message so many places on, and says what it is. @param {import("./store.js").Store} store @param {number} by */
export function stepMessage(store, by) {
  const { watch } = store.reader;
  if (!watch) return;
  selectMessage(store, watch.neighbour(by));
  store.listener.tell(watch.sentence());
}

/** Which window, which lanes. @param {import("./store.js").Store} store @param {Partial<import("../types.js").Messages>} change */
export function changeMessages(store, change) {
  Object.assign(store.model.messages ?? {}, change);
  store.refresh();
}

/** master → replica-1 @param {Model} model @param {number} index of the row */
export function wayOf(model, index) {
  const rows = model.messages?.rows;
  if (!rows) return "";
  return `${partyName(model, rows.get(index, "from"))} → ${partyName(model, rows.get(index, "to"))}`;
}
