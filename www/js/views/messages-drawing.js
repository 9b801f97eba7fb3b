// @ts-check
/**
 * Draws the space-time diagram: a lane a node, time from left to right, every message as a line from where and when it was
 * sent to where and when it arrived. Where lines would lie closer than the eye can tell, one is drawn for several, and
 * heartbeats become ticks; what was lost is always drawn.
 */

import { OUTCOME, partyOf } from "../state/messages.js";
import { cross } from "./flow.js";
import { axisEnds, drawFaults, drawFlags, fit, font, hair, niceStep, tick } from "./strip-drawing.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("../ui/theme.js").Palette} Palette */
/** @typedef {import("../state/messages.js").Rows} Rows */
/** @typedef {import("./strip-drawing.js").Sheet} Sheet */
/** @typedef {{ number: number, x1: number, y1: number, x2: number, y2: number }} Line */
/** @typedef {{ colour: keyof Palette, width: number, dash: number[], alpha: number }} Style */
/** @typedef {{ sheet: Sheet, rows: Rows, lines: Line[], folded: number, from_ms: number, strokes: Map<string, { style:
 *   Style, order: number, lines: Line[] }> }} Diagram */

const TOP = 26;
/** Lines of one kind between two lanes closer than this are drawn one for several, and pale, in pixels. */
const APART = 7;
const PALE = 0.45;
/** Fewer than these between two lanes are drawn one by one, however close. */
const FEW = 20;
/** Heartbeats closer than this are ticks. */
const TICK_APART = 16;
/** How far from a line a pointer may be, in pixels. */
const NEAR = 7;

/** How each kind looks, in the order of the engine's numbers. @type {Style[]} */
const STYLES = [
  { colour: "stream", width: 1.7, dash: [], alpha: 1 },
  { colour: "beat", width: 1.6, dash: [1.5, 3], alpha: 1 },
  { colour: "beat", width: 1.6, dash: [1.5, 3], alpha: 1 },
  { colour: "snapshot", width: 5, dash: [9, 4], alpha: 0.9 },
  { colour: "mute", width: 1.4, dash: [7, 3, 1.5, 3], alpha: 1 },
  { colour: "mute", width: 1, dash: [], alpha: 0.8 },
  { colour: "mute", width: 1, dash: [5, 3], alpha: 0.8 },
  { colour: "down", width: 1.4, dash: [2, 4], alpha: 1 },
];
/** @type {Style} */
const LOST = { colour: "lost", width: 1.7, dash: [5, 3], alpha: 1 };
const BEATS = [1, 2];
/** What is drawn first lies below: the many below the few. */
const ORDER = [5, 6, 0, 7, 4, 3, 1, 2];

/**
 * The run that is shown, and below it the run beside, on one axis. What can be selected belongs to the first.
 * @param {CanvasRenderingContext2D} context @param {Model} model @param {Palette} palette @param {number} width
 * @param {number} height @returns {Diagram | null}
 */
export function drawMessages(context, model, palette, width, height) {
  const { fork, messages } = model;
  if (!fork || !messages?.beside) return drawRun(context, model, palette, width, height);
  const half = Math.round(height / 2);
  const diagram = drawRun(context, model, palette, width, half, fork.name);
  const beside = { ...messages, rows: messages.beside, selected: 0 };
  const { labels, now_ms, selection } = model;
  context.save();
  context.translate(0, half);
  hair(context, palette.line, 0, 0, width, 0, 1);
  const other = { ...fork.beside.model, fork, labels, now_ms, selection, messages: beside };
  drawRun(context, other, palette, width, height - half, fork.beside.name);
  context.restore();
  return diagram;
}

/**
 * @param {CanvasRenderingContext2D} context @param {Model} model @param {Palette} palette @param {number} width
 * @param {number} height @param {string} [name] of the run, if there are two @returns {Diagram | null}
 */
function drawRun(context, model, palette, width, height, name = "") {
  const { messages } = model;
  if (!messages) return null;
  const sheet = layOut(context, model, palette, width, height);
  const { from_ms } = messages.shown;
  /** @type {Diagram} */
  const diagram = { sheet, rows: messages.rows, lines: [], folded: 0, from_ms, strokes: new Map() };
  drawLanes(sheet, from_ms);
  context.save();
  context.beginPath();
  context.rect(sheet.left, 0, sheet.right - sheet.left + 8, height);
  context.clip();
  drawFaults({ ...sheet, left: sheet.left + 4 });
  collect(diagram);
  const strokes = [...diagram.strokes.values()].sort((left, right) => left.order - right.order);
  for (const { style, lines } of strokes) stroke(sheet, style, lines);
  drawSigns(diagram);
  drawFlags(sheet);
  drawNoReturns(sheet);
  drawParting(sheet);
  hair(context, palette.ink, sheet.x(model.now_ms), TOP - 8, sheet.x(model.now_ms), height - 4, 1.4);
  drawSelected(diagram);
  context.restore();
  font(context, palette, 11);
  context.textAlign = "left";
  context.fillStyle = palette.snapshot;
  context.fillText(name, 16, 14);
  return diagram;
}

/** Where two runs part, and what differs first. @param {Sheet} sheet */
function drawParting({ context, model, palette, x, faultY }) {
  if (!model.fork) return;
  const { at_ms, at_seq, comparison } = model.fork;
  font(context, palette, 11);
  context.textAlign = "left";
  const mark = (/** @type {number} */ ms, /** @type {string} */ words, /** @type {string} */ colour) => {
    context.setLineDash([4, 3]);
    hair(context, colour, x(ms), TOP - 6, x(ms), faultY, 1.4);
    context.setLineDash([]);
    context.fillStyle = palette.panel;
    context.fillRect(x(ms) + 2, TOP - 6, context.measureText(words).width + 4, 13);
    context.fillStyle = colour;
    context.fillText(words, x(ms) + 4, TOP + 4);
  };
  if (at_seq > 0) mark(at_ms, "forked", palette.snapshot);
  const { difference } = comparison;
  if (difference) mark(difference.time_ms, "first difference", palette.lost);
}

/**
 * Lanes of load generators above those of nodes; the gutters are those of the time strip.
 * @param {CanvasRenderingContext2D} context @param {Model} model @param {Palette} palette @param {number} width
 * @param {number} height @returns {Sheet}
 */
function layOut(context, model, palette, width, height) {
  const { left, right } = axisEnds(width);
  const { from_ms, to_ms } = model.messages?.shown ?? { from_ms: 0, to_ms: 1 };
  const clients = model.messages?.clients ? model.labels.clients.length : 0;
  // Two runs share the room.
  const faultY = height - (model.fork ? 26 : 30);
  const step = (faultY - 6 - TOP) / (clients + model.labels.nodes.length);
  return {
    context,
    model,
    palette,
    left,
    right,
    width,
    height,
    end_ms: to_ms,
    gapTop: height,
    gapBottom: height,
    faultY,
    x: (ms) => left + ((ms - from_ms) / (to_ms - from_ms)) * (right - left),
    at: (x) => from_ms + Math.min(Math.max((x - left) / (right - left), 0), 1) * (to_ms - from_ms),
    // Load generators are counted from -1 downwards.
    lane: (row) => TOP + step * (clients + row + 0.5),
  };
}

/** The lane of a party. @param {number} code */
function laneOf(code) {
  const { node, client } = partyOf(code);
  return node < 0 ? -1 - client : node;
}

/** @param {Sheet} sheet @param {number} from_ms */
function drawLanes({ context, model, palette, left, right, end_ms, x, lane, faultY }, from_ms) {
  const step = niceStep(end_ms - from_ms, (right - left) / 84);
  font(context, palette, 11);
  context.textAlign = "center";
  for (let at = Math.ceil(from_ms / step) * step; at <= end_ms; at += step) {
    hair(context, palette.line, x(at), TOP - 6, x(at), faultY);
    context.fillStyle = palette.mute;
    if (x(at) < right - 8 && (at === 0 || x(at) > left + 4)) context.fillText(tick(at), x(at), 14);
  }
  font(context, palette, 12);
  context.textAlign = "left";
  const named = (/** @type {string} */ name, /** @type {number} */ row, /** @type {string} */ colour) => {
    hair(context, palette.down, left, lane(row), right, lane(row), row < 0 ? 0.6 : 1);
    context.fillStyle = colour;
    context.fillText(fit(context, name, left - 26), 16, lane(row) + 4);
  };
  model.labels.nodes.forEach(({ name }, node) => {
    named(name, node, node === model.selection.node ? palette.stream : palette.ink);
  });
  if (model.messages?.clients) model.labels.clients.forEach(({ name }, client) => named(name, -1 - client, palette.mute));
  const { since_ms } = model.messages?.rows ?? { since_ms: 0 };
  if (since_ms <= from_ms || x(since_ms) < left + 3) return;
  // What is not kept is not drawn, and says so.
  context.fillStyle = palette.bg;
  context.fillRect(left, TOP - 6, x(since_ms) - left, faultY - TOP + 6);
  context.fillStyle = palette.mute;
  font(context, palette, 11);
  if (x(since_ms) - left > 90) context.fillText("no longer kept", left + 6, faultY - 6);
}

/** Turns rows into lines, in bundles of one style each. @param {Diagram} diagram */
function collect(diagram) {
  const { rows, sheet } = diagram;
  const { model } = sheet;
  /** The last line of each kind between two lanes. @type {Map<number, number>} */
  const last = new Map();
  const apart = spacing(diagram);
  for (let index = 0; index < rows.count; index += 1) {
    if (!model.messages?.clients && !rows.isBetweenNodes(index)) continue;
    const line = lineOf(diagram, index);
    const kind = rows.get(index, "kind");
    const pair = pairOf(rows, index);
    const crowded = (apart.get(pair) ?? Infinity) < APART;
    const style = crowded ? { ...STYLES[kind], width: 1, alpha: PALE } : STYLES[kind];
    if (rows.get(index, "outcome") === OUTCOME.lost) {
      diagram.lines.push(line);
      continue;
    }
    if (crowded && line.x1 - (last.get(pair) ?? -Infinity) < APART) {
      diagram.folded += 1;
      continue;
    }
    last.set(pair, line.x1);
    diagram.lines.push(line);
    if (BEATS.includes(kind) && (apart.get(pair) ?? Infinity) < TICK_APART) {
      const down = Math.sign(line.y2 - line.y1) * 7;
      bundle(diagram, kind, { ...style, dash: [], alpha: 1 }, { ...line, x2: line.x1, y2: line.y1 + down });
      continue;
    }
    const done = doneBy(diagram, index);
    const at = { x: line.x1 + (line.x2 - line.x1) * done, y: line.y1 + (line.y2 - line.y1) * done };
    bundle(diagram, kind, style, { ...line, x2: at.x, y2: at.y });
    if (done < 1) bundle(diagram, kind, { ...style, width: 1, dash: [1, 4], alpha: 0.55 }, { ...line, x1: at.x, y1: at.y });
  }
}

/** How far apart messages of one kind between two lanes are on average, in pixels. @param {Diagram} diagram */
function spacing({ rows, sheet }) {
  /** @type {Map<number, { first: number, last: number, count: number }>} */
  const seen = new Map();
  for (let index = 0; index < rows.count; index += 1) {
    const pair = pairOf(rows, index);
    const at = sheet.x(rows.get(index, "sent_ms"));
    const known = seen.get(pair);
    if (known) Object.assign(known, { last: at, count: known.count + 1 });
    else seen.set(pair, { first: at, last: at, count: 1 });
  }
  return new Map([...seen].map(([pair, { first, last, count }]) => [pair, count >= FEW ? (last - first) / (count - 1) : Infinity]));
}

/** A number for both ends and the kind of a message. @param {Rows} rows @param {number} index */
function pairOf(rows, index) {
  return ((rows.get(index, "from") + 1000) * 4e6 + rows.get(index, "to") + 1000) * 10 + rows.get(index, "kind");
}

/** Where a message's line begins and would end. @param {Diagram} diagram @param {number} index @returns {Line} */
function lineOf({ rows, sheet }, index) {
  const sent = rows.get(index, "sent_ms");
  const arrives = rows.get(index, "arrives_ms");
  const ended = rows.get(index, "ended_ms");
  const [from, to] = [rows.get(index, "from"), rows.get(index, "to")];
  const y1 = sheet.lane(laneOf(from));
  let y2 = sheet.lane(laneOf(to));
  // A console sits at its node.
  if (y1 === y2) y2 -= partyOf(from).console ? -9 : 9;
  const end = arrives >= 0 ? arrives : Math.max(ended, sent);
  return { number: rows.get(index, "number"), x1: sheet.x(sent), y1, x2: sheet.x(end), y2 };
}

/** How much of its way a message has behind it, 0 to 1. @param {Diagram} diagram @param {number} index */
function doneBy({ rows, sheet }, index) {
  const sent = rows.get(index, "sent_ms");
  const arrives = rows.get(index, "arrives_ms");
  if (rows.get(index, "outcome") === OUTCOME.arrived) return 1;
  if (arrives < 0) return 0.4;
  return arrives > sent ? Math.min(Math.max((sheet.model.now_ms - sent) / (arrives - sent), 0), 1) : 1;
}

/** @param {Diagram} diagram @param {number} kind @param {Style} style @param {Line} line */
function bundle({ strokes }, kind, style, line) {
  const key = `${kind} ${style.colour} ${style.width} ${style.dash} ${style.alpha}`;
  const known = strokes.get(key);
  if (known) known.lines.push(line);
  else strokes.set(key, { style, order: ORDER.indexOf(kind), lines: [line] });
}

/** @param {Sheet} sheet @param {Style} style @param {Line[]} lines */
function stroke({ context, palette }, { colour, width, dash, alpha }, lines) {
  context.beginPath();
  for (const { x1, y1, x2, y2 } of lines) {
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
  }
  context.globalAlpha = alpha;
  context.strokeStyle = palette[colour];
  context.lineWidth = width;
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** What a line alone does not tell: lost, swallowed, late, sent again, doubled, on its way. @param {Diagram} diagram */
function drawSigns(diagram) {
  const { rows, sheet, lines } = diagram;
  const { context, palette, model } = sheet;
  const dense = lines.length > (sheet.right - sheet.left) / 3;
  for (const line of lines) {
    const index = rows.find(line.number);
    const outcome = rows.get(index, "outcome");
    const { x1, y1, x2, y2 } = line;
    const on = (/** @type {number} */ share) => ({ x: x1 + (x2 - x1) * share, y: y1 + (y2 - y1) * share });
    if (outcome === OUTCOME.lost) {
      const share = lostAt(rows, index);
      stroke(sheet, LOST, [{ ...line, x2: on(share).x, y2: on(share).y }]);
      drawLoss(sheet, on(share), 5);
      continue;
    }
    if (outcome === OUTCOME.underWay) {
      const at = on(doneBy(diagram, index));
      const swallowed = rows.get(index, "arrives_ms") < 0;
      ring(context, at, 3.5, swallowed ? palette.risk : palette[STYLES[rows.get(index, "kind")]?.colour ?? "stream"], !swallowed);
    }
    if (rows.get(index, "delayed") > 0 && model.now_ms > rows.get(index, "sent_ms")) drawLoss(sheet, on(0.25), 3.5);
    if (dense) continue;
    if (rows.get(index, "resent") > 0) ring(context, on(0.12), 3.5, palette.risk, false);
    if (rows.get(index, "duplicate") > 0) ring(context, on(0.88), 3.5, palette.risk, true);
  }
}

/** Where on its way a message was lost. @param {Rows} rows @param {number} index */
function lostAt(rows, index) {
  const sent = rows.get(index, "sent_ms");
  const [arrives, ended] = [rows.get(index, "arrives_ms"), rows.get(index, "ended_ms")];
  const share = arrives > sent ? (ended - sent) / (arrives - sent) : 0.5;
  return Math.min(Math.max(share, 0.15), 0.65);
}

/** From where on a full resync was unavoidable. @param {Sheet} sheet */
function drawNoReturns({ context, model, palette, x, faultY }) {
  for (const { since_ms } of model.noReturns) {
    if (since_ms === undefined) continue;
    const at = x(since_ms);
    context.setLineDash([5, 4]);
    hair(context, palette.lost, at, TOP - 6, at, faultY, 1.5);
    context.setLineDash([]);
    font(context, palette, 11);
    context.textAlign = "left";
    context.fillStyle = palette.lost;
    context.fillText("no return", at + 4, faultY - 4);
  }
}

/** The selected message stands out, with what it says beside it. @param {Diagram} diagram */
function drawSelected(diagram) {
  const { rows, sheet } = diagram;
  const { context, palette, model, left, right } = sheet;
  const { messages } = model;
  const index = messages ? rows.find(messages.selected) : -1;
  if (!messages || index < 0) return;
  const line = lineOf(diagram, index);
  const lost = rows.get(index, "outcome") === OUTCOME.lost;
  const share = lost ? lostAt(rows, index) : 1;
  const end = { x: line.x1 + (line.x2 - line.x1) * share, y: line.y1 + (line.y2 - line.y1) * share };
  const way = { ...line, x2: end.x, y2: end.y };
  const style = STYLES[rows.get(index, "kind")] ?? STYLES[0];
  stroke(sheet, { colour: "ink", width: 7, dash: [], alpha: 0.2 }, [way]);
  stroke(sheet, lost ? LOST : { ...style, alpha: 1 }, [way]);
  ring(context, { x: line.x1, y: line.y1 }, 4, palette.ink, true);
  if (lost) drawLoss(sheet, end, 6);
  else ring(context, end, 4, palette.ink, true);
  // What it says stands above the lanes, where it hides no other message.
  context.font = `11px ${palette.mono}`;
  context.textAlign = "left";
  const text = fit(context, messages.summary, Math.min(340, right - left - 20));
  const width = context.measureText(text).width + 10;
  const x = Math.min(Math.max(line.x1 - width / 2, left + 1), right - width);
  hair(context, palette.mute, line.x1, TOP + 10, line.x1, line.y1 - 4);
  context.fillStyle = palette.panel;
  context.fillRect(x, TOP - 6, width, 18);
  context.strokeStyle = palette.mute;
  context.lineWidth = 1;
  context.strokeRect(x, TOP - 6, width, 18);
  context.fillStyle = palette.ink;
  context.fillText(text, x + 5, TOP + 7);
}

/** A cross where something was lost. @param {Sheet} sheet @param {{ x: number, y: number }} at @param {number} size */
function drawLoss({ context, palette }, { x, y }, size) {
  cross(context, [x, y], palette.lost, size, 2.2);
}

/**
 * @param {CanvasRenderingContext2D} context @param {{ x: number, y: number }} at @param {number} size
 * @param {string} colour @param {boolean} filled
 */
function ring(context, { x, y }, size, colour, filled) {
  context.beginPath();
  context.arc(x, y, size, 0, 7);
  context.fillStyle = context.strokeStyle = colour;
  context.lineWidth = 1.8;
  if (filled) context.fill();
  else context.stroke();
}

/** The message nearest to a point, or 0. @param {Diagram} diagram @param {number} px @param {number} py */
export function messageAt({ lines }, px, py) {
  let best = 0;
  let nearest = NEAR;
  for (const { number, x1, y1, x2, y2 } of lines) {
    const length = (x2 - x1) ** 2 + (y2 - y1) ** 2 || 1;
    const share = Math.min(Math.max(((px - x1) * (x2 - x1) + (py - y1) * (y2 - y1)) / length, 0), 1);
    const distance = Math.hypot(px - x1 - share * (x2 - x1), py - y1 - share * (y2 - y1));
    if (distance < nearest) [best, nearest] = [number, distance];
  }
  return best;
}
