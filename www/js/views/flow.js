// @ts-check
/**
 * What moves between the nodes. A message is drawn where the engine says it is; on links that are faster than the eye
 * it glides for a fixed short while instead, starting when it really left. Positions depend on virtual time alone.
 */

import { LINK, MESSAGE } from "../frame.js";
import { masterOf, plainKind } from "../state/model.js";
import { pointAt } from "./places.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("./places.js").Path} Path */
/** @typedef {import("../ui/theme.js").Palette} Palette */
/** @typedef {"stream" | "ping" | "ack" | "snapshot" | "handshake" | "request" | "reply" | "refused"} Kind */
/** @typedef {{ client: boolean, path: number, forward: boolean, kind: Kind, start_ms: number }} Glide */

/** How long a glide takes on the screen. */
const GLIDE_WALL_MS = 420;
/** Stream bytes of one link become at most one dot in this much wall time. */
const DOT_EVERY_MS = 130;
/** Above this, flow is the width of the line. */
const MOST_DOTS = 40;
const DOTS_UP_TO_SPEED = 5;

const KINDS = /** @type {Kind[]} */ (Object.keys(MESSAGE));

export class Flow {
  constructor() {
    /** @type {Glide[]} */
    this.glides = [];
    /** @type {Map<string, { value: number, dot_ms: number }>} */
    this.counters = new Map();
    this.seq = -1;
    this.now_ms = 0;
    this.crowded = false;
  }

  /** Forgets everything: another run, or a jump in time. */
  clear() {
    this.glides = [];
    this.counters.clear();
  }

  /** Collects what left since the last frame. @param {Model} model */
  collect(model) {
    const jumped = model.now_ms < this.now_ms || (!model.playing && model.now_ms !== this.now_ms);
    if (jumped) this.clear();
    this.now_ms = model.now_ms;
    const span = GLIDE_WALL_MS * model.speed;
    this.glides = this.glides.filter((glide) => model.now_ms - glide.start_ms < span);
    if (model.playing && model.speed <= DOTS_UP_TO_SPEED) {
      this.collectBeats(model);
      this.collectStream(model);
      this.collectWrites(model);
    } else {
      this.seq = model.events.at(-1)?.seq ?? -1;
    }
    this.crowded = this.glides.length > MOST_DOTS || (model.playing && model.speed > DOTS_UP_TO_SPEED);
  }

  /** Heartbeats come from the events that say when they left. @param {Model} model */
  collectBeats(model) {
    const { events } = model;
    let first = events.length;
    while (first > 0 && events[first - 1].seq > this.seq) first -= 1;
    for (const row of events.slice(first)) {
      const kind = plainKind(row.kind);
      if (kind !== "acksent" && kind !== "pingsent") continue;
      for (const end of row.ends ?? []) {
        this.emit(model, row.node, end, kind === "acksent" ? "ack" : "ping", row.time_ms);
      }
    }
    this.seq = events.at(-1)?.seq ?? this.seq;
  }

  /** Stream bytes that arrived at a replica left its master before. @param {Model} model */
  collectStream(model) {
    for (let node = 0; node < model.frame.nodes; node += 1) {
      const master = masterOf(model, node);
      if (master < 0) continue;
      const moved = this.moved(model, `node ${node}`, model.frame.node(node, "read_offset"));
      // A lone heartbeat is 14 bytes of stream and has its own dot.
      if (moved > 40) this.emit(model, master, node, "stream", model.now_ms);
    }
  }

  /** Writes and refusals of the load generators. @param {Model} model */
  collectWrites(model) {
    model.writes.clients.forEach((client, path) => {
      const common = { client: true, path, start_ms: model.now_ms };
      if (this.moved(model, `sent ${path}`, client.sent) > 0)
        this.glides.push({ ...common, forward: true, kind: "request" });
      if (this.moved(model, `refused ${path}`, client.refused) > 0)
        this.glides.push({ ...common, forward: false, kind: "refused" });
    });
  }

  /**
   * How far a counter came since its last dot, 0 while it is too soon for another.
   * @param {Model} model
   * @param {string} key
   * @param {number} value
   */
  moved(model, key, value) {
    const counter = this.counters.get(key);
    if (!counter || value < counter.value) {
      this.counters.set(key, { value, dot_ms: model.now_ms });
      return 0;
    }
    if (model.now_ms - counter.dot_ms < DOT_EVERY_MS * model.speed) return 0;
    const by = value - counter.value;
    if (by > 0) this.counters.set(key, { value, dot_ms: model.now_ms });
    return by;
  }

  /** @param {Model} model @param {number} from @param {number} to @param {Kind} kind @param {number} start_ms */
  emit(model, from, to, kind, start_ms) {
    const path = model.labels.links.findIndex(
      (link) => (link.a === from && link.b === to) || (link.a === to && link.b === from),
    );
    if (path < 0 || to < 0 || isSlow(model, path)) return;
    if (model.frame.link(path, "state") !== LINK.up || model.frame.link(path, "attached") === 0) return;
    this.glides.push({ client: false, path, forward: model.labels.links[path].a === from, kind, start_ms });
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {Model} model @param {Palette} palette
   * @param {{ links: Path[], clientPaths: Path[] }} places
   */
  draw(context, model, palette, places) {
    if (this.crowded) return;
    const span = GLIDE_WALL_MS * model.speed;
    for (const glide of this.glides) {
      const path = (glide.client ? places.clientPaths : places.links)[glide.path];
      const share = (model.now_ms - glide.start_ms) / span;
      if (path && share >= 0) dot(context, palette, pointAt(path, glide.forward ? share : 1 - share), glide.kind);
    }
    this.drawMessages(context, model, palette, places);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Model} model
   * @param {Palette} palette
   * @param {{ links: Path[], clientPaths: Path[] }} places
   */
  drawMessages(context, model, palette, places) {
    const { frame } = model;
    const shown = Math.min(frame.messages, 2 * MOST_DOTS);
    for (let i = 0; i < shown; i += 1) {
      const client = frame.message(i, "path_kind") === 1;
      const index = frame.message(i, "path");
      if (model.playing && (client || !isSlow(model, index))) continue;
      const path = (client ? places.clientPaths : places.links)[index];
      if (!path) continue;
      const share = frame.message(i, "progress");
      const stalled = frame.message(i, "stalled") === 1;
      const point = pointAt(path, frame.message(i, "direction") === 0 ? share : 1 - share);
      context.globalAlpha = stalled ? 0.45 : 1;
      dot(context, palette, point, KINDS[frame.message(i, "kind")] ?? "stream");
      context.globalAlpha = 1;
      if (frame.message(i, "lost") === 1) cross(context, point, palette.lost, 5);
    }
  }
}

/** Whether a message is under way long enough to be seen where it is. @param {Model} model @param {number} link */
function isSlow(model, link) {
  return model.frame.link(link, "latency_ms") > 0.35 * GLIDE_WALL_MS * model.speed;
}

/**
 * Each kind has a colour and a shape.
 * @param {CanvasRenderingContext2D} context
 * @param {Palette} palette
 * @param {[number, number]} point
 * @param {Kind} kind
 */
function dot(context, palette, [x, y], kind) {
  context.beginPath();
  context.lineWidth = 2;
  if (kind === "ping" || kind === "ack") {
    context.arc(x, y, kind === "ping" ? 5 : 4, 0, 7);
    context.fillStyle = palette.panel;
    context.fill();
    context.strokeStyle = palette.beat;
    context.stroke();
  } else if (kind === "snapshot") {
    context.fillStyle = palette.snapshot;
    context.fillRect(x - 6, y - 5, 12, 10);
  } else if (kind === "reply") {
    context.arc(x, y, 2.5, 0, 7);
    context.fillStyle = palette.down;
    context.fill();
  } else if (kind === "handshake") {
    context.moveTo(x - 5, y);
    context.lineTo(x, y - 5);
    context.lineTo(x + 5, y);
    context.lineTo(x, y + 5);
    context.closePath();
    context.fillStyle = palette.panel;
    context.fill();
    context.strokeStyle = palette.mute;
    context.stroke();
  } else if (kind === "refused") {
    cross(context, [x, y], palette.lost, 4.5);
  } else {
    context.arc(x, y, 4, 0, 7);
    context.fillStyle = palette.stream;
    context.fill();
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {[number, number]} point
 * @param {string} colour
 * @param {number} size
 * @param {number} [width] of its strokes
 */
export function cross(context, [x, y], colour, size, width = 2.4) {
  context.beginPath();
  context.moveTo(x - size, y - size);
  context.lineTo(x + size, y + size);
  context.moveTo(x + size, y - size);
  context.lineTo(x - size, y + size);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}
