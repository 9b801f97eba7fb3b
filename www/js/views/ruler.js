// @ts-check
/**
 * The offset ruler: one byte axis. The master's head is at its right, the backlog is the band behind it, its left
 * end is
 * the cliff. Each replica has a lane: what it lacks up to the head, and what it may still fall behind before the cliff.
 */

import { h, List, s, setAttribute, setText } from "../ui/dom.js";
import { amount, bytes, count, rate, seconds } from "../ui/format.js";
import { icon, setIcon } from "../ui/icons.js";

/** @typedef {import("../types.js").Ruler} Ruler */
/** @typedef {import("../types.js").RulerMarker} Marker */
/** @typedef {{ to: (offset: number) => number, width: number, least: number }} Scale */

const TOP = 42;
/** Height of a lane, by the room that there is. */
const LANE = { roomy: 24, many: 18, narrow: 32 };
/** Roughly the width of a figure in the axis labels. */
const FIGURE = 6.9;

/** @returns {import("../types.js").View} */
export function rulerView() {
  const holds = h("span", { class: "mute" });
  const axis = axisParts();
  const lanes = s("g", {});
  const svg = s("svg", { role: "img", "data-role": "ruler" }, axis.group, lanes);
  const element = h(
    "div",
    { class: "ruler", role: "group", "aria-label": "Offset ruler" },
    h("div", { class: "ruler-title" }, h("h2", {}, "Offset ruler"), holds),
    h("div", { class: "who top" }, "bytes"),
    svg,
    h("div", { class: "behind top" }, "behind"),
    h("div", { class: "slack top" }, "slack", h("span", { class: "long" }, "\u00a0to the cliff")),
  );
  const laneList = new List(lanes, laneMarks);
  const readings = new List(element, laneText);

  return {
    element,
    text(model) {
      const { ruler } = model;
      const width = svg.clientWidth || 600;
      const step = element.clientWidth < 560 ? LANE.narrow : ruler.markers.length > 5 ? LANE.many : LANE.roomy;
      const height = TOP + step * ruler.markers.length + 2;
      element.style.setProperty("--lanes", String(ruler.markers.length + 1));
      element.style.setProperty("--lane", `${step}px`);
      setAttribute(svg, "viewBox", `0 0 ${width} ${height}`);
      setAttribute(svg, "height", height);
      const scale = scaleOf(ruler, width);
      setText(holds, [holding(ruler), ...strangers(model)].join(" · "));
      axis.update(ruler, scale, height, model.labels.nodes[ruler.node]?.name ?? "head");
      laneList.set(ruler.markers.map((marker, index) => ({ marker, ruler, scale, y: TOP + step * (index + 0.5) })));
      readings.set(ruler.markers.map((marker) => ({ marker, ruler })));
      setAttribute(svg, "aria-label", spoken(ruler));
    },
  };
}

/** @param {Ruler} ruler */
function holding(ruler) {
  if (ruler.size === 0) return "no backlog yet: it begins with the first replica";
  const parts = [`backlog ${bytes(ruler.histlen)} of ${bytes(ruler.size)}`];
  parts.push(ruler.rate_bytes_per_s > 0 ? `${rate(ruler.rate_bytes_per_s)} written` : "nothing is written");
  if (ruler.cliff_pinned) parts.push("the cliff waits for an attached replica");
  return parts.join(" · ");
}

/** Nodes that have no place on this axis. @param {import("../types.js").Model} model */
function strangers({ ruler, labels }) {
  const names = labels.nodes.filter(
    (_, node) => node !== ruler.node && ruler.markers.every((row) => row.node !== node),
  );
  return ruler.size > 0 && names.length > 0
    ? [`not on this history: ${names.map((node) => node.name).join(", ")}`]
    : [];
}

/** @param {Ruler} ruler @param {number} width @returns {Scale} */
function scaleOf(ruler, width) {
  const lowest = Math.min(ruler.first_byte, ...ruler.markers.map((marker) => marker.offset + 1));
  // A replica far behind the cliff does not squeeze the backlog to nothing: it stands at the edge.
  const least = Math.max(lowest, ruler.first_byte - 0.6 * Math.max(ruler.histlen, 1), 0);
  const span = Math.max(ruler.head - least, 1);
  const [left, right] = [18, width - 24];
  return {
    width,
    least,
    to: (offset) => left + (Math.min(Math.max(offset - least, 0), span) / span) * (right - left),
  };
}

function axisParts() {
  const track = s("rect", { class: "track", x: 0, y: 18, height: 20, rx: 4 });
  const band = s("rect", { class: "band", y: 18 });
  const bandText = s("text", { y: 32, "text-anchor": "middle" }, "backlog");
  const cliff = s("line", { class: "cliff", y1: 16 });
  const cliffText = s("text", { class: "cliff-text", y: 12 });
  const head = s("line", { class: "head", y1: 16 });
  const headText = s("text", { class: "head-text", y: 12, "text-anchor": "end" });
  const group = s("g", {}, track, band, bandText, cliff, head, cliffText, headText);
  return {
    group,
    /** @param {Ruler} ruler @param {Scale} scale @param {number} height @param {string} name */
    update(ruler, scale, height, name) {
      const x1 = scale.to(ruler.first_byte);
      const x2 = scale.to(ruler.head);
      const shown = ruler.size > 0;
      setAttribute(track, "width", scale.width);
      setAttribute(band, "x", x1);
      setAttribute(band, "width", Math.max(x2 - x1, 0));
      setAttribute(band, "height", height - 20);
      setAttribute(bandText, "x", (x1 + x2) / 2);
      setAttribute(bandText, "visibility", shown && x2 - x1 > 90 ? "visible" : "hidden");
      line(cliff, x1, height);
      line(head, x2, height);
      setAttribute(cliff, "visibility", shown ? "visible" : "hidden");
      setAttribute(band, "visibility", shown ? "visible" : "hidden");
      const headLabel = `${name} ${count(ruler.head)}`;
      const headEnd = Math.min(x2 + 20, scale.width);
      setText(headText, headLabel);
      setAttribute(headText, "x", headEnd);
      const room = headEnd - headLabel.length * FIGURE - 8;
      const cliffLabel = `cliff ${count(ruler.first_byte)}`;
      // Where both numbers do not fit, the cliff keeps its word; the head keeps its number.
      setText(cliffText, !shown ? "" : cliffLabel.length * FIGURE <= room ? cliffLabel : "cliff");
      const wanted = (cliffText.textContent?.length ?? 0) * FIGURE;
      setAttribute(cliffText, "x", Math.max(0, Math.min(x1 - 12, room - wanted)));
    },
  };
}

/** @param {SVGLineElement} element @param {number} x @param {number} height */
function line(element, x, height) {
  setAttribute(element, "x1", x);
  setAttribute(element, "x2", x);
  setAttribute(element, "y2", height - 2);
}

function laneMarks() {
  const lane = s("line", { class: "lane" });
  const gap = s("rect", { class: "gap", height: 12 });
  const slack = s("path", { class: "slackline" });
  const ack = s("path", { class: "slackline" });
  const marker = s("path", { class: "marker" });
  const element = s("g", { "data-role": "ruler-lane" }, lane, gap, slack, ack, marker);
  return {
    element,
    /** @param {{ marker: Marker, ruler: Ruler, scale: Scale, y: number }} item */
    update(item) {
      const { ruler, scale, y } = item;
      const x = scale.to(item.marker.offset);
      const head = scale.to(ruler.head);
      const cliff = scale.to(ruler.first_byte);
      setAttribute(element, "data-level", item.marker.level);
      for (const [name, value] of [
        ["x1", 0],
        ["x2", scale.width],
        ["y1", y],
        ["y2", y],
      ])
        setAttribute(lane, String(name), value);
      setAttribute(gap, "x", x);
      setAttribute(gap, "y", y - 6);
      setAttribute(gap, "width", Math.max(head - x, 0));
      const bracket = x - cliff > 14 && ruler.size > 0;
      setAttribute(
        slack,
        "d",
        bracket ? `M${cliff + 5} ${y - 4}v8M${cliff + 5} ${y}H${x - 9}M${x - 9} ${y - 4}v8` : "",
      );
      const believed = scale.to(item.marker.ack_offset ?? 0);
      setAttribute(ack, "d", item.marker.ack_offset && x - believed > 3 ? `M${believed} ${y - 7}v14` : "");
      const beyond = item.marker.offset < scale.least;
      setAttribute(marker, "d", beyond ? `M${x + 6} ${y - 7}l-10 7l10 7z` : shape(item.marker.level, x, y));
    },
  };
}

/**
 * Each level has a shape as well as a colour.
 * @param {import("../types.js").Level} level
 * @param {number} x
 * @param {number} y
 */
function shape(level, x, y) {
  if (level === "risk") return `M${x} ${y - 8}l8 14h-16z`;
  if (level === "lost") return `M${x - 3} ${y - 7}h6l4 4v6l-4 4h-6l-4 -4v-6z`;
  if (level === "down") return `M${x - 6} ${y - 6}h12v4h-12zM${x - 6} ${y + 2}h12v4h-12z`;
  if (level === "snapshot") return `M${x - 7} ${y - 5}h14v10h-14z`;
  return `M${x - 6} ${y}a6 6 0 1 0 12 0a6 6 0 1 0 -12 0z`;
}

/** Name and numbers of a lane: three cells of the grid in an element without a box. */
function laneText() {
  const mark = icon("ok");
  const name = h("span", {});
  const behind = h("div", { class: "behind" });
  const size = h("span", { class: "long" });
  const time = h("span", {});
  const element = h(
    "div",
    { class: "lane-text", "data-role": "replica-reading" },
    h("div", { class: "who" }, mark, name),
    behind,
    h("div", { class: "slack" }, size, time),
  );
  return {
    element,
    /** @param {{ marker: Marker, ruler: Ruler }} item @param {number} index */
    update({ marker, ruler }, index) {
      element.style.setProperty("--row", String(index + 3));
      setAttribute(element, "data-level", marker.level);
      setIcon(mark, marker.level);
      setText(name, marker.name);
      setText(behind, bytes(marker.behind_bytes));
      const slack = slackOf(marker, ruler);
      setText(size, slack.size && slack.time ? `${slack.size} =\u00a0` : "");
      setText(time, slack.time || slack.size);
    },
  };
}

/** @param {Marker} marker @param {Ruler} ruler */
function slackOf(marker, ruler) {
  if (ruler.size === 0) return { size: "", time: "no backlog" };
  const { slack_bytes, slack_seconds } = marker;
  if (marker.pinned) return { size: "", time: "cliff waits" };
  if (slack_bytes === 0) return { size: "", time: "full resync" };
  if (marker.level === "snapshot") return { size: "", time: "full resync runs" };
  if (marker.offset + 1 < ruler.first_byte) return { size: "", time: "past the cliff" };
  if (typeof slack_bytes !== "number") return { size: "", time: "unknown" };
  return { size: amount(slack_bytes), time: typeof slack_seconds === "number" ? seconds(slack_seconds) : "" };
}

/** @param {Marker} marker @param {Ruler} ruler */
function slackText(marker, ruler) {
  const { size, time } = slackOf(marker, ruler);
  if (size === "") return time;
  return `slack ${[size, time].filter((part) => part !== "").join(" or ")}`;
}

/** @param {Ruler} ruler */
function spoken(ruler) {
  const lanes = ruler.markers.map(
    (marker) => `${marker.name} ${bytes(marker.behind_bytes)} behind, ${slackText(marker, ruler)}`,
  );
  return [`Master at ${count(ruler.head)}, ${holding(ruler)}`, ...lanes].join(". ");
}
