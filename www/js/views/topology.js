// @ts-check
/**
 * The picture of the world: real buttons for nodes and links, a canvas behind them for what moves. Columns from the
 * clients through the master to the last replica; a tree where there is no room for columns.
 */

import { h, List, setAttribute, setShown, setText } from "../ui/dom.js";
import { icon, LEVEL_WORDS, setIcon } from "../ui/icons.js";
import { amount, bandwidth, count, millis, seconds } from "../ui/format.js";
import { prefersStill, Surface } from "../ui/theme.js";
import { LINK, TRANSPORTS } from "../frame.js";
import { endsOf, masterOf } from "../state/model.js";
import { Flow } from "./flow.js";
import { place } from "./places.js";
import { drawWires } from "./wires.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("../types.js").LinkRow} LinkRow */

/** An output buffer below this is not worth a word, in bytes. */
const QUIET_BUFFER = 65_536;
/** A hang-up further away than this is for the inspector. */
const SOON_S = 600;

/**
 * @param {{ selectNode: (node: number) => void, selectLink: (link: number) => void, palette: () =>
 *   import("../ui/theme.js").Palette, relayout: () => void }} page
 * @returns {import("../types.js").View}
 */
export function topologyView(page) {
  const canvas = h("canvas", { "aria-hidden": "true" });
  const surface = new Surface(canvas);
  const clientLayer = h("div", {});
  const linkLayer = h("div", {});
  const nodeLayer = h("div", {});
  const space = h("div", { class: "topology-space" }, canvas, clientLayer, nodeLayer, linkLayer);
  const element = h(
    "div",
    { class: "topology", role: "group", "aria-label": "Nodes and links", "data-role": "topology" },
    space,
  );
  const clients = new List(clientLayer, clientCard);
  const nodes = new List(nodeLayer, () => nodeCard(page.selectNode));
  const links = new List(linkLayer, () => linkLabel(page.selectLink));
  const flow = new Flow();
  /** @type {import("./places.js").Places | undefined} */
  let places;

  /** @param {Model} model */
  function arrange(model) {
    const ask = (/** @type {boolean} */ measure) =>
      place({
        masters: model.labels.nodes.map((_, node) => masterOf(model, node)),
        links: model.labels.links,
        clients: model.labels.clients,
        width: element.clientWidth,
        height: element.clientHeight,
        nodeHeights: measure ? heightsOf(nodes) : [],
        clientHeights: measure ? heightsOf(clients) : [],
      });
    // Only a tree depends on how high its cards are, and measuring costs a layout.
    places = ask(false);
    if (places.mode === "tree") places = ask(true);
    setAttribute(element, "data-mode", places.mode);
    setAttribute(element, "data-size", places.size);
    const tree = places.mode === "tree";
    space.style.height = tree || places.height > element.clientHeight ? `${places.height}px` : "";
    clients.children.forEach((child, i) => put(child.element, places?.clients[i]));
    nodes.children.forEach((child, i) => put(child.element, places?.nodes[i]));
    links.children.forEach((child, i) => putLabel(/** @type {HTMLElement} */ (child.element), places?.links[i].label));
  }

  new ResizeObserver(() => page.relayout()).observe(element);
  return {
    element,
    text(model) {
      clients.set(model.labels.clients.map((client, index) => ({ client, model, index })));
      nodes.set(model.labels.nodes.map((_, index) => ({ model, index })));
      links.set(model.labels.links.map((_, index) => ({ model, index })));
      if (element.clientWidth > 0) arrange(model);
    },
    draw(model) {
      const context = surface.begin();
      if (!context || !places || model.frame.nodes === 0) return;
      const palette = page.palette();
      const still = prefersStill();
      flow.collect(model);
      drawWires(context, model, palette, places, still || flow.crowded);
      if (!still) flow.draw(context, model, palette, places);
    },
  };
}

/** @param {List<any>} list */
function heightsOf(list) {
  return list.children.map((child) => /** @type {HTMLElement} */ (child.element).offsetHeight);
}

/** @param {Element} element @param {import("./places.js").Box | undefined} box */
function put(element, box) {
  if (!box) return;
  const { style } = /** @type {HTMLElement} */ (element);
  style.left = `${Math.round(box.x)}px`;
  style.top = `${Math.round(box.y)}px`;
  style.width = `${Math.round(box.width)}px`;
  style.transform = "translateY(-50%)";
}

/** @param {HTMLElement} element @param {import("./places.js").Path["label"] | undefined} label */
function putLabel(element, label) {
  if (!label) return;
  setShown(element, true);
  const left = label.align === "left";
  element.classList.toggle("beside", left);
  element.style.left = `${Math.round(left ? label.x : label.x - label.width / 2)}px`;
  element.style.top = `${Math.round(label.y)}px`;
  element.style.width = label.width > 0 ? `${Math.round(label.width)}px` : "";
  element.style.transform = "translateY(-50%)";
}

function clientCard() {
  const name = h("span", { class: "name" });
  const rate = h("span", { class: "line" });
  const result = h("span", { class: "line" });
  const refused = h("span", { class: "line refused" });
  const element = h("div", { class: "client", "data-role": "client" }, name, rate, result, refused);
  return {
    element,
    /** @param {{ client: { name: string }, model: Model, index: number }} item */
    update({ client, model, index }) {
      const row = model.writes.clients[index];
      setText(name, client.name);
      setText(rate, !row ? "" : row.rate_per_s > 0 ? `${count(row.rate_per_s)} requests/s` : `${count(row.sent)} sent`);
      setText(result, row ? `${count(row.acknowledged)} acknowledged` : "");
      setText(refused, row && row.refused > 0 ? `${count(row.refused)} refused` : "");
      setShown(refused, Boolean(row && row.refused > 0));
    },
  };
}

/** @param {(node: number) => void} select */
function nodeCard(select) {
  let node = 0;
  const mark = icon("ok");
  const name = h("span", { class: "name" });
  const spoken = h("span", { class: "hidden-text" });
  const state = h("span", { class: "state" });
  const lines = h("span", {});
  const lineList = new List(lines, textLine);
  const next = h("span", { class: "next" });
  const fill = h("i", {});
  const meter = h("span", { class: "meter" }, fill);
  const element = h(
    "button",
    { class: "card", type: "button", "data-role": "node-button", onclick: () => select(node) },
    h("span", { class: "head" }, h("span", { class: "title" }, mark, name, spoken), state),
    lines,
    next,
    meter,
  );
  return {
    element,
    /** @param {{ model: Model, index: number }} item */
    update({ model, index }) {
      node = index;
      const row = model.nodeRows[index];
      if (!row) return;
      setIcon(mark, row.level);
      setText(name, row.name);
      setText(state, row.state_word);
      lineList.set(row.lines);
      setText(next, row.next);
      setShown(next, row.next !== "");
      setAttribute(element, "data-level", row.level);
      setAttribute(element, "data-node", index);
      setAttribute(element, "aria-pressed", model.selection.node === index ? "true" : "false");
      setText(spoken, `, ${row.role}, ${LEVEL_WORDS[row.level]}: `);
      showMeter(model, index);
    },
  };

  /** Transfer of a snapshot, or how full a master's backlog is. @param {Model} model @param {number} index */
  function showMeter(model, index) {
    const { frame } = model;
    const total = frame.node(index, "transfer_total");
    const size = frame.node(index, "backlog_size");
    const transfer = total > 0 && frame.node(index, "transfer_done") < total;
    const master = frame.node(index, "role") === 0;
    const share = transfer
      ? frame.node(index, "transfer_done") / total
      : size > 0
        ? frame.node(index, "backlog_histlen") / size
        : 0;
    setShown(meter, transfer || (master && size > 0));
    meter.classList.toggle("transfer", transfer);
    fill.style.width = `${Math.round(Math.min(share, 1) * 100)}%`;
  }
}

function textLine() {
  const element = h("span", { class: "line" });
  return { element, update: (/** @type {string} */ text) => setText(element, text) };
}

/** @param {(link: number) => void} select */
function linkLabel(select) {
  let link = 0;
  const spoken = h("span", { class: "hidden-text" });
  const word = h("span", { class: "word" });
  const below = h("span", { class: "below" });
  const belowLines = new List(below, textLine);
  const element = h(
    "button",
    { class: "link-label", type: "button", "data-role": "link-button", onclick: () => select(link) },
    spoken,
    word,
    below,
  );
  return {
    element,
    /** @param {{ model: Model, index: number }} item */
    update({ model, index }) {
      link = index;
      const row = model.linkRows[index];
      if (!row) return;
      const up = model.frame.link(index, "state") === LINK.up;
      setText(spoken, `Link ${row.name}, ${row.state_word}: `);
      // The engine's first line is the link's nature, its second says since when it is cut or silent.
      setText(word, up ? nature(model, index) : (row.lines[1] ?? row.state_word));
      const below = up ? buffer(model, index) : swallowed(model, index);
      const waiting = row.level === "ok" ? [] : countdowns(row);
      belowLines.set([...below, ...waiting].slice(0, 3));
      setAttribute(element, "data-level", up && waiting.length === 0 ? "ok" : row.level);
      setAttribute(element, "data-link", index);
      setAttribute(
        element,
        "aria-pressed",
        model.selection.link === index && model.selection.node < 0 ? "true" : "false",
      );
      setText(spoken, `Link ${row.name}, ${row.state_word}: `);
    },
  };
}

/** What the link is like, from its numbers. @param {Model} model @param {number} link */
function nature({ frame }, link) {
  if (frame.link(link, "replica") < 0) return "unused";
  const transport = TRANSPORTS[frame.link(link, "transport")] ?? "tcp";
  // TCP goes without saying, and the other transports tell more than a bandwidth.
  const second = transport === "tcp" ? bandwidth(frame.link(link, "bandwidth")) : transport;
  return `${millis(frame.link(link, "latency_ms"))} · ${second}`;
}

/** Which way a link swallows bytes, if it is one way only. @param {Model} model @param {number} link */
function swallowed(model, link) {
  const state = model.frame.link(link, "state");
  const [a, b] = endsOf(model, link);
  if (state === LINK.silentAToB) return [`${a} → ${b} only`];
  return state === LINK.silentBToA ? [`${b} → ${a} only`] : [];
}

/**
 * Who hangs up next, and when; on a link that is well they only start again with each heartbeat.
 * @param {LinkRow} row
 */
function countdowns(row) {
  const soonest = [...row.countdowns].sort((left, right) => left.seconds - right.seconds);
  return soonest
    .filter((next) => next.seconds < SOON_S)
    .slice(0, 2)
    .map((next) => `${next.label} in ${seconds(next.seconds)}`);
}

/**
 * Output buffer against its limit, once it holds more than the blocks of a replica that keeps up.
 * @param {Model} model
 * @param {number} link
 */
function buffer({ frame }, link) {
  const used = frame.link(link, "output_bytes");
  const limit = frame.link(link, "output_limit");
  if (used < QUIET_BUFFER) return [];
  return [`output buffer ${amount(used)}${limit > 0 ? ` of ${amount(limit)}` : ""}`];
}
