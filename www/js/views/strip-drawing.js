// @ts-check
/**
 * Draws the time strip: a lane a node with its events, heartbeats between the lanes, faults as bars, and the gap of each
 * replica in bytes on the same axis. What was recorded and lies ahead is drawn pale; what the scenario plans is hollow.
 */

import { amount } from "../ui/format.js";
import { LEVELS } from "../ui/icons.js";
import { plainKind, stripEnd } from "../state/model.js";
import { faultsOf, plannedFaults } from "./faults.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("../ui/theme.js").Palette} Palette */
/** @typedef {{ context: CanvasRenderingContext2D, model: Model, palette: Palette, left: number, right: number,
 *   width: number, height: number, end_ms: number, x: (ms: number) => number, at: (x: number) => number,
 *   lane: (node: number) => number, gapTop: number, gapBottom: number, faultY: number }} Sheet */

const AXIS = 26;
/** Heartbeats closer than this are not drawn one by one. */
const BEAT_PIXELS = 5;
/** Causes that come in rows while a link is down: a speck is enough. */
const ROUTINE = new Set(["connectstarted", "connectfailed", "handshakestarted"]);
/** How much of its colour is left of what lies ahead. */
const PALE = 0.4;

/** Draws everything. @param {Sheet} sheet */
export function drawStrip(sheet) {
  drawWindow(sheet);
  drawAxis(sheet);
  drawFaults(sheet);
  drawBeats(sheet);
  drawGapsBeside(sheet);
  drawGaps(sheet);
  drawFlags(sheet);
  drawBeside(sheet);
  drawNow(sheet);
}

/** Where the axis begins and ends, in the strip and in the diagram above it. @param {number} width */
export function axisEnds(width) {
  const narrow = width < 560;
  return { left: narrow ? 80 : 100, right: width - (narrow ? 14 : 20) };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Model} model
 * @param {Palette} palette
 * @param {number} width
 * @param {number} height
 * @returns {Sheet}
 */
export function layOut(context, model, palette, width, height) {
  const { left, right } = axisEnds(width);
  const end_ms = stripEnd(model);
  const gapHeight = Math.min(52, height * 0.27);
  const gapBottom = height - 12;
  const gapTop = gapBottom - gapHeight;
  const faultY = gapTop - 27;
  const lanes = model.labels.nodes.length + (model.fork ? 1 : 0);
  const step = Math.min((faultY - 8 - AXIS) / lanes, 30);
  return {
    context,
    model,
    palette,
    left,
    right,
    width,
    height,
    end_ms,
    gapTop,
    gapBottom,
    faultY,
    x: (ms) => left + (ms / end_ms) * (right - left),
    at: (x) => Math.min(Math.max((x - left) / (right - left), 0), 1) * end_ms,
    lane: (node) => AXIS + step * (node + 0.5),
  };
}

/** @param {Sheet} sheet */
function drawAxis({ context, model, palette, left, right, end_ms, x, lane, gapBottom, gapTop, height, width }) {
  const step = niceStep(end_ms, (right - left) / 84);
  font(context, palette, 11);
  context.textAlign = "center";
  for (let at = 0; at <= end_ms; at += step) {
    hair(context, palette.line, x(at), AXIS - 4, x(at), gapBottom);
    context.fillStyle = palette.mute;
    if (Math.abs(x(at) - x(model.now_ms)) > 62 && x(at) < right - 8) context.fillText(tick(at), x(at), 15);
  }
  font(context, palette, 12);
  context.textAlign = "left";
  const crowded = model.labels.nodes.length > 1 && lane(1) - lane(0) < 12;
  model.labels.nodes.forEach((node, index) => {
    hair(context, palette.line, left, lane(index), right, lane(index));
    if (crowded && index !== Math.max(model.selection.node, 0)) return;
    context.fillStyle = index === model.selection.node ? palette.stream : palette.ink;
    context.fillText(fit(context, node.name, left - 26), 16, lane(index) + 4);
  });
  context.fillStyle = palette.mute;
  font(context, palette, 11);
  context.fillText("gap, bytes", 16, gapTop + 10);
  hair(context, palette.line, left, gapBottom, right, gapBottom);
  // What was never computed lies in the shade, and what lies ahead but was, in half of it.
  context.fillStyle = palette.bg;
  for (const from of new Set([model.now_ms, model.end_ms])) {
    context.globalAlpha = 0.5;
    context.fillRect(x(from), AXIS - 4, width - x(from), height - AXIS + 4);
  }
  context.globalAlpha = 1;
  if (!model.past) return;
  context.setLineDash([2, 3]);
  hair(context, palette.mute, x(model.end_ms), AXIS - 4, x(model.end_ms), gapBottom);
  context.setLineDash([]);
}

/** @param {Sheet} sheet */
export function drawFaults(sheet) {
  const { context, model, palette, x, faultY, left, right } = sheet;
  font(context, palette, 11);
  let textEnd = left;
  const bars = [...faultsOf(model), ...plannedFaults(model)];
  for (const bar of bars) {
    const from = x(bar.from_ms);
    const to = Math.max(x(Math.min(bar.to_ms, bar.planned ? sheet.end_ms : model.end_ms)), from + 8);
    context.beginPath();
    context.roundRect(from, faultY, to - from, 8, 4);
    context.globalAlpha = bar.planned ? 1 : bar.from_ms > model.now_ms ? 0.55 * PALE : 0.55;
    context.fillStyle = context.strokeStyle = palette.down;
    context.lineWidth = 1;
    context.setLineDash(bar.planned ? [3, 3] : []);
    if (bar.planned) context.stroke();
    else context.fill();
    context.globalAlpha = 1;
    context.setLineDash([]);
    const words = bar.planned ? `planned: ${bar.words}` : bar.words;
    const width = context.measureText(words).width;
    const at = Math.min(Math.max(from, left) + 2, right - width);
    if (at < textEnd || to < left || from > right) continue;
    context.fillStyle = palette.mute;
    context.textAlign = "left";
    context.fillText(words, at, faultY + 20);
    textEnd = at + width + 10;
  }
}

/** Pings as lines down, acknowledgements as dotted lines up. @param {Sheet} sheet */
function drawBeats({ context, model, palette, x, lane, end_ms, left, right }) {
  const pixels = ((right - left) / end_ms) * 1000;
  if (pixels < BEAT_PIXELS) return;
  context.lineWidth = 1.2;
  for (const row of model.events) {
    if (row.cause) continue;
    const kind = plainKind(row.kind);
    if (kind === "acksent" || kind === "pingsent") {
      context.globalAlpha = row.seq > model.seq ? PALE : 1;
      context.strokeStyle = kind === "acksent" ? palette.beat : palette.stream;
      context.setLineDash(kind === "acksent" ? [2, 3] : []);
      for (const end of row.ends ?? []) {
        context.beginPath();
        context.moveTo(x(row.time_ms), lane(row.node));
        context.lineTo(x(row.time_ms) + 3, lane(end));
        context.stroke();
      }
    }
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** @param {Sheet} sheet */
function drawGaps({ context, model, palette, x, gapTop, gapBottom, left, width }) {
  const { history } = model;
  const top = Math.max(history.largest, model.fork?.beside.model.history.largest ?? 0, 1024);
  font(context, palette, 11);
  context.fillStyle = palette.mute;
  context.textAlign = "left";
  if (history.largest > 0) context.fillText(`${amount(history.largest)} at most`, 16, gapTop + 25);
  const y = (/** @type {number} */ gap) => gapBottom - (gap / top) * (gapBottom - gapTop - 4);
  let named = Infinity;
  history.gaps.forEach((series, node) => {
    const last = series.at(-1) ?? 0;
    const level = LEVELS[model.frame.node(node, "level")] ?? "ok";
    const end = x(model.now_ms) + 6;
    // A line that stands off the ground says whose it is, unless another stands there.
    const current = series.length >= history.length - 1 && !model.past;
    if (current && last > top * 0.2 && Math.abs(y(last) - named) > 12 && end < width - 80) {
      named = y(last);
      context.fillStyle = palette[level];
      context.fillText(model.labels.nodes[node].name, end, named + 4);
    }
    context.beginPath();
    let open = false;
    series.forEach((gap, index) => {
      if (Number.isNaN(gap)) return;
      const at = x(Math.min((index + 0.5) * history.bucket_ms, model.end_ms));
      if (open) context.lineTo(at, y(gap));
      else context.moveTo(Math.max(at, left), y(gap));
      open = true;
    });
    context.strokeStyle = palette[level];
    context.lineWidth = node === model.selection.node ? 2.2 : 1.4;
    context.setLineDash(node % 2 === 0 ? [] : [5, 3]);
    context.stroke();
  });
  context.setLineDash([]);
}

/** @param {Sheet} sheet */
export function drawFlags({ context, model, palette, x, lane }) {
  for (const row of model.events) {
    if (!row.cause || row.node < 0) continue;
    context.globalAlpha = row.seq > model.seq ? PALE : 1;
    if (ROUTINE.has(plainKind(row.kind))) speck(context, palette, x(row.time_ms), lane(row.node));
    else flag(context, palette, row.level, x(row.time_ms), lane(row.node));
  }
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Palette} palette
 * @param {import("../types.js").Level} level
 * @param {number} x
 * @param {number} y
 */
function flag(context, palette, level, x, y) {
  context.beginPath();
  if (level === "risk") {
    context.moveTo(x, y - 6);
    context.lineTo(x + 5.5, y + 4);
    context.lineTo(x - 5.5, y + 4);
    context.closePath();
  } else if (level === "lost") {
    context.rect(x - 4.5, y - 4.5, 9, 9);
  } else if (level === "snapshot") {
    context.rect(x - 5, y - 3.5, 10, 7);
  } else if (level === "down") {
    context.rect(x - 4, y - 1.5, 8, 3);
  } else {
    context.arc(x, y, 4, 0, 7);
  }
  context.fillStyle = palette[level];
  context.fill();
  context.strokeStyle = palette.panel;
  context.lineWidth = 1;
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {Palette} palette @param {number} x @param {number} y */
function speck(context, palette, x, y) {
  context.fillStyle = palette.down;
  context.fillRect(x - 1, y - 3, 2, 6);
}

/** The gaps of the run beside, behind those of the one that is shown. @param {Sheet} sheet */
function drawGapsBeside({ context, model, palette, x, gapTop, gapBottom, left }) {
  if (!model.fork) return;
  const { history } = model.fork.beside.model;
  const top = Math.max(model.history.largest, history.largest, 1024);
  context.strokeStyle = palette.snapshot;
  context.lineWidth = 1.2;
  context.setLineDash([1, 3]);
  for (const series of history.gaps) {
    context.beginPath();
    let open = false;
    series.forEach((gap, index) => {
      if (Number.isNaN(gap)) return;
      const at = Math.max(x((index + 0.5) * history.bucket_ms), left);
      const y = gapBottom - (gap / top) * (gapBottom - gapTop - 4);
      if (open) context.lineTo(at, y);
      else context.moveTo(at, y);
      open = true;
    });
    context.stroke();
  }
  context.setLineDash([]);
}

/** The run beside, on a lane of its own from where the two part, and the first difference. @param {Sheet} sheet */
function drawBeside({ context, model, palette, left, x, lane, gapBottom }) {
  const { fork } = model;
  if (!fork) return;
  const y = lane(model.labels.nodes.length);
  font(context, palette, 12);
  context.fillStyle = palette.snapshot;
  context.textAlign = "left";
  context.fillText(fit(context, fork.beside.name, left - 26), 16, y + 4);
  hair(context, palette.snapshot, x(fork.at_ms), lane(0), x(fork.at_ms), y, 1.4);
  hair(context, palette.snapshot, x(fork.at_ms), y, x(fork.beside.end_ms), y, 1.4);
  for (const row of fork.beside.events) {
    if (!row.cause || row.seq <= fork.at_seq || ROUTINE.has(plainKind(row.kind))) continue;
    flag(context, palette, row.level, x(row.time_ms), y);
  }
  const { difference } = fork.comparison;
  if (!difference) return;
  const at = x(difference.time_ms);
  context.setLineDash([4, 3]);
  hair(context, palette.lost, at, AXIS - 4, at, gapBottom, 1.4);
  context.setLineDash([]);
  font(context, palette, 11);
  context.fillStyle = palette.panel;
  context.fillRect(at + 2, gapBottom - 15, context.measureText("first difference").width + 4, 14);
  context.fillStyle = palette.lost;
  context.fillText("first difference", at + 4, gapBottom - 4);
}

/** The part of the run that the diagram of messages shows. @param {Sheet} sheet */
function drawWindow({ context, model, palette, x, gapBottom, end_ms }) {
  if (!model.messages || model.messages.window_ms === 0) return;
  const { from_ms, to_ms } = model.messages.shown;
  context.globalAlpha = 0.14;
  context.fillStyle = palette.stream;
  context.fillRect(x(from_ms), AXIS - 4, Math.max(x(Math.min(to_ms, end_ms)) - x(from_ms), 2), gapBottom - AXIS + 4);
  context.globalAlpha = 1;
}

/** The moment that is shown; the handle above it is an element. @param {Sheet} sheet */
function drawNow({ context, model, palette, x, gapBottom }) {
  const at = x(model.now_ms);
  hair(context, palette.ink, at, AXIS - 8, at, gapBottom + 4, 1.6);
}

/** The cause nearest to a point of the strip. @param {Sheet} sheet @param {number} px @param {number} py */
export function eventAt({ model, x, lane }, px, py) {
  let best;
  let nearest = 12;
  for (const row of model.events) {
    if (!row.cause || row.node < 0) continue;
    const distance = Math.hypot(x(row.time_ms) - px, lane(row.node) - py);
    if (distance <= nearest) [best, nearest] = [row, distance];
  }
  return best;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} colour
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 * @param {number} [width]
 */
export function hair(context, colour, x1, y1, x2, y2, width = 1) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {Palette} palette @param {number} size */
export function font(context, palette, size) {
  context.font = `${size}px ${palette.sans}`;
}

/** @param {CanvasRenderingContext2D} context @param {string} text @param {number} width */
export function fit(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let shown = text;
  while (shown.length > 2 && context.measureText(`${shown}…`).width > width) shown = shown.slice(0, -1);
  return `${shown}…`;
}

/** @param {number} span_ms @param {number} ticks */
export function niceStep(span_ms, ticks) {
  const steps = [
    10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000,
  ];
  return steps.find((step) => span_ms / step <= Math.max(ticks, 2)) ?? span_ms;
}

/** @param {number} ms */
export function tick(ms) {
  if (ms >= 120_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  return `${Number((ms / 1000).toFixed(2))} s`;
}
