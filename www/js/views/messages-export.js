// @ts-check
/** Exports of what links carried: the space-time diagram as SVG, and a log for ShiViz. `docs/exports.md` describes both. */

import { seconds } from "../ui/format.js";
import { SvgContext } from "../ui/svg.js";
import { drawMessages } from "./messages-drawing.js";
import { KINDS, Rows, Watch, partyName } from "../state/messages.js";

/** @typedef {import("../engine.js").Playground} Playground */
/** @typedef {import("../types.js").ExportSource} ExportSource */
/** @typedef {import("../types.js").Model} Model */
/** @typedef {{ time_ms: number, order: number, host: string, text: string, sends?: number, receives?: number }} Step */

/** Size of a picture of a diagram that is not open, in pixels: its width, and the height of a lane. */
const WIDTH = 1000;
const LANE = 64;
/** How ShiViz is to read the log: the first line of the file, and an empty second one. */
export const SHIVIZ = "(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})";
/** Most steps of a log: ShiViz draws each. */
const MOST_STEPS = 20_000;
/** The engine keeps some thousand messages: they are read before they leave. */
const EVERY_MS = 250;
const EVENTS_AT_ONCE = 1000;
/** At one moment a node first receives, then acts, then sends. */
const ORDER = { receive: 0, act: 1, send: 2 };

/**
 * The diagram as it is seen; if it is closed, as it would be when it is opened.
 * @param {ExportSource} source
 */
export async function makePicture({ engine, model, palette, picture, replay }) {
  const shown = model.messages ? { model, playground: null } : await openedNow(engine, model, replay);
  if (!shown) return null;
  const lanes = model.labels.nodes.length + (shown.model.messages?.clients ? model.labels.clients.length : 0);
  const { width, height } = (model.messages && picture()) || { width: WIDTH, height: 60 + lanes * LANE };
  const context = new SvgContext(width, height, palette.panel);
  drawMessages(/** @type {CanvasRenderingContext2D} */ (/** @type {unknown} */ (context)), shown.model, palette, width, height);
  shown.playground?.free();
  return [context.text(`${model.labels.title}, messages at ${seconds(model.now_ms / 1000)}`)];
}

/**
 * The model with the diagram open, read from the run that is played once more.
 * @param {import("../engine.js").Engine} engine @param {Model} model @param {ExportSource["replay"]} replay
 */
async function openedNow(engine, model, replay) {
  const playground = await replay({ every_ms: Infinity, see: () => undefined });
  if (!playground) return null;
  playground.go(Math.round(model.now_ms * 1e6), Infinity, Infinity);
  const opened = { ...model };
  new Watch(opened, engine.layout().carried).read(playground);
  return { model: opened, playground };
}

/**
 * Every message and every turn of the story, with vector clocks.
 * @param {ExportSource} source
 */
export async function makeShiviz({ engine, model, replay }) {
  const log = new StepLog(model, engine.layout().carried);
  const playground = await replay({ every_ms: EVERY_MS, see: (playground) => log.read(playground) });
  if (!playground) return null;
  playground.free();
  return [`${SHIVIZ}\n\n`, ...stamped(log.steps())];
}

/** Gathers what happened at each host. */
class StepLog {
  /** @param {Model} model @param {import("../frame.js").Places} places */
  constructor(model, places) {
    this.model = { ...model, messages: null };
    this.places = places;
    this.from_ms = 0;
    this.seq = 0;
    /** Sends and receipts by the number of the message. @type {Map<number, Step[]>} */
    this.messages = new Map();
    /** @type {Step[]} */
    this.events = [];
  }

  /** @param {Playground} playground */
  read(playground) {
    if (this.messages.size + this.events.length > MOST_STEPS) return;
    this.model.labels = playground.labels();
    const rows = new Rows(playground.messages(this.from_ms).slice(), this.places);
    for (let index = 0; index < rows.count; index += 1) this.note(playground, rows, index);
    this.from_ms = playground.now_ms();
    for (const row of playground.events(this.seq, EVENTS_AT_ONCE)) {
      this.seq = row.seq;
      if (!row.cause || row.node < 0) continue;
      const host = hostName(this.model.labels.nodes[row.node].name);
      this.events.push({ time_ms: row.time_ms, order: ORDER.act, host, text: row.text });
    }
  }

  /** @param {Playground} playground @param {Rows} rows @param {number} index */
  note(playground, rows, index) {
    const number = rows.get(index, "number");
    const known = this.messages.get(number);
    if (known && known.length > 1) return;
    const [from, to] = ["from", "to"].map((end) => partyName(this.model, rows.get(index, end)));
    const kind = KINDS[rows.get(index, "kind")];
    const says = `${kind}: ${playground.message_summary(number)}`;
    const steps = known ?? [
      { time_ms: rows.get(index, "sent_ms"), order: ORDER.send, host: hostName(from), text: `to ${to}, ${says}`, sends: number },
    ];
    // Somebody without a process reads at once; a node when its process does.
    const read_ms = rows.get(index, "read_ms");
    const time_ms = read_ms >= 0 ? read_ms : rows.get(index, "to") < 0 && rows.get(index, "outcome") === 1 ? rows.get(index, "ended_ms") : -1;
    if (time_ms >= 0) steps.push({ time_ms, order: ORDER.receive, host: hostName(to), text: `from ${from}, ${says}`, receives: number });
    this.messages.set(number, steps);
  }

  /** Everything in order. */
  steps() {
    const all = [...this.messages.values()].flat().concat(this.events);
    all.sort((left, right) => left.time_ms - right.time_ms || left.order - right.order);
    return all.slice(0, MOST_STEPS);
  }
}

/**
 * Lines of the log. A host counts its own steps; with a message it sends what it knows of the others.
 * @param {Step[]} steps in order of time
 */
export function stamped(steps) {
  /** @type {Map<string, Record<string, number>>} */
  const clocks = new Map();
  /** @type {Map<number, Record<string, number>>} */
  const sent = new Map();
  return steps.map(({ time_ms, host, text, sends, receives }) => {
    const clock = { ...clocks.get(host) };
    const told = receives === undefined ? {} : (sent.get(receives) ?? {});
    for (const [other, steps] of Object.entries(told)) clock[other] = Math.max(clock[other] ?? 0, steps);
    clock[host] = (clocks.get(host)?.[host] ?? 0) + 1;
    clocks.set(host, clock);
    if (sends !== undefined) sent.set(sends, clock);
    return `${(time_ms / 1000).toFixed(6)} s ${text.replace(/[\r\n]+/g, " ")}\n${host} ${JSON.stringify(clock)}\n`;
  });
}

/** A name without spaces. @param {string} name */
function hostName(name) {
  return name.replace(/\s+/g, "_");
}
