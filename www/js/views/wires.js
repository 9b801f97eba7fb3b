// @ts-check
/** The lines between nodes: state by colour, dash and mark; flow that is too dense for dots by width. */

import { LINK, NODE_STATES } from "../frame.js";
import { masterOf } from "../state/model.js";
import { LEVELS } from "../ui/icons.js";
import { cross } from "./flow.js";
import { pointAt } from "./places.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("./places.js").Path} Path */
/** @typedef {import("../ui/theme.js").Palette} Palette */

/** A snapshot moves its dashes by one pixel in so many bytes. */
const DASH_BYTES = 500_000;

/**
 * @param {CanvasRenderingContext2D} context @param {Model} model @param {Palette} palette
 * @param {import("./places.js").Places} places @param {boolean} crowded
 */
export function drawWires(context, model, palette, places, crowded) {
  places.clientPaths.forEach((path, index) => {
    const target = model.labels.clients[index].to;
    const down = model.frame.node(target, "state") === 3;
    stroke(context, path, down ? palette.down : palette.stream, 2, down ? [2, 6] : []);
  });
  places.links.forEach((path, index) => drawWire(context, model, palette, path, index, crowded));
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Model} model
 * @param {Palette} palette
 * @param {Path} path
 * @param {number} index
 * @param {boolean} crowded
 */
function drawWire(context, model, palette, path, index, crowded) {
  const { frame, labels } = model;
  const state = frame.link(index, "state");
  const { a, b } = labels.links[index];
  const follower = masterOf(model, b) === a ? b : masterOf(model, a) === b ? a : -1;
  const attached = frame.link(index, "attached") > 0;
  if (model.selection.link === index) stroke(context, path, palette.line, 9, []);
  if (state !== LINK.up) {
    stroke(context, path, palette.down, 2, [2, 6]);
    drawFault(context, palette, path, state);
    return;
  }
  if (follower < 0) {
    stroke(context, path, palette.line, 1.5, [1, 5]);
    return;
  }
  const level = LEVELS[frame.node(follower, "level")];
  const done = frame.node(follower, "transfer_done");
  if (level === "snapshot" && done > 0 && NODE_STATES[frame.node(follower, "state")] !== "loading") {
    stroke(context, path, palette.snapshot, 7, [10, 5], -(done / DASH_BYTES) % 15);
    return;
  }
  const colour = attached ? palette.stream : level === "ok" ? palette.stream : palette.down;
  stroke(context, path, colour, attached && crowded ? widthOf(frame.node(a, "write_rate")) : 2, attached ? [] : [7, 5]);
}

/**
 * Cut: a cross. Silent: a ring that swallows; one way: an arrow shows the way that still works.
 * @param {CanvasRenderingContext2D} context
 * @param {Palette} palette
 * @param {Path} path
 * @param {number} state
 */
function drawFault(context, palette, path, state) {
  const share = middleOf(path);
  const [x, y] = pointAt(path, share);
  context.fillStyle = palette.panel;
  context.beginPath();
  context.arc(x, y, 11, 0, 7);
  context.fill();
  if (state === LINK.cut) {
    cross(context, [x, y], palette.lost, 6);
    return;
  }
  context.strokeStyle = palette.risk;
  context.lineWidth = 2.2;
  context.beginPath();
  context.arc(x, y, 6.5, 0, 7);
  context.moveTo(x - 4.5, y + 4.5);
  context.lineTo(x + 4.5, y - 4.5);
  context.stroke();
  if (state === LINK.silent) return;
  const forward = state === LINK.silentBToA;
  const tip = pointAt(path, share + (forward ? 0.22 : -0.22));
  const tail = pointAt(path, share + (forward ? 0.16 : -0.16));
  const angle = Math.atan2(tip[1] - tail[1], tip[0] - tail[0]);
  context.beginPath();
  context.moveTo(tip[0], tip[1]);
  for (const side of [2.6, -2.6]) {
    context.lineTo(tip[0] + 9 * Math.cos(angle + side), tip[1] + 9 * Math.sin(angle + side));
  }
  context.fillStyle = palette.stream;
  context.fill();
}

/** Where the label stands, as a share of the path. @param {Path} path */
function middleOf(path) {
  const total = path.lengths[path.lengths.length - 1] || 1;
  let best = 0.5;
  let least = Infinity;
  for (let share = 0.1; share < 0.95; share += 0.05) {
    const [x, y] = pointAt(path, share);
    const distance = Math.hypot(x - path.label.x, y - path.label.y);
    if (distance < least) [best, least] = [share, distance];
  }
  return total > 0 ? best : 0.5;
}

/** @param {number} bytesPerSecond */
function widthOf(bytesPerSecond) {
  return 2 + Math.min(8, Math.max(0, Math.log10(Math.max(bytesPerSecond, 1)) - 1.5) * 1.8);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Path} path
 * @param {string} colour
 * @param {number} width
 * @param {number[]} dash
 * @param {number} [offset]
 */
function stroke(context, path, colour, width, dash, offset = 0) {
  context.beginPath();
  path.points.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineCap = dash.length > 0 && dash[0] < 4 ? "round" : "butt";
  context.lineJoin = "round";
  context.setLineDash(dash);
  context.lineDashOffset = offset;
  context.stroke();
  context.setLineDash([]);
}
