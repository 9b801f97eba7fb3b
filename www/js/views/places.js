// @ts-check
/**
 * Where nodes, clients and links stand: a pure function of who follows whom and of the room. Wide: columns from left to
 * right. Narrow: a tree from top to bottom. No DOM here.
 */

/**
 * @typedef {{ x: number, y: number, width: number, height: number }} Box `y` is the middle
 * @typedef {{ points: [number, number][], lengths: number[], label: { x: number, y: number, width: number, align:
 *   "center" | "left" } }} Path
 * @typedef {{ mode: "columns" | "tree", size: "full" | "medium" | "small" | "tiny", height: number, nodes: Box[],
 *   clients: Box[],
 *   links: Path[], clientPaths: Path[] }} Places
 * @typedef {{ masters: number[], links: { a: number, b: number }[], clients: { to: number }[], width: number,
 *   height: number,
 *   nodeHeights: number[], clientHeights: number[] }} Question
 */

const EDGE = 16;
/** Widths in columns: of a client and the way to its node, of cards, of the links between them. */
const ROOMY = { client: 142, clientGap: 44, card: 150, cardMost: 212, link: 92, linkGood: 128, linkMost: 250 };
const TIGHT = { client: 112, clientGap: 34, card: 124, cardMost: 160, link: 62, linkGood: 80, linkMost: 120 };

/** @param {Question} question @returns {Places} */
export function place(question) {
  const tree = plant(question.masters);
  return inColumns(question, tree, ROOMY) ?? inColumns(question, tree, TIGHT) ?? asTree(question, tree);
}

/**
 * Depth and children of each node; a circle of followers is cut at its first node.
 * @param {number[]} masters
 */
export function plant(masters) {
  const depth = masters.map(() => -1);
  /** @type {number[][]} */
  const children = masters.map(() => []);
  /** @type {number[]} */
  const roots = [];
  const visit = (/** @type {number} */ node, /** @type {number} */ level) => {
    depth[node] = level;
    masters.forEach((master, child) => {
      if (master === node && depth[child] < 0) {
        children[node].push(child);
        visit(child, level + 1);
      }
    });
  };
  masters.forEach((master, node) => {
    if (!(master >= 0 && master < masters.length)) {
      roots.push(node);
      visit(node, 0);
    }
  });
  masters.forEach((_, node) => {
    if (depth[node] < 0) {
      roots.push(node);
      visit(node, 0);
    }
  });
  return { depth, children, roots };
}

/** @typedef {ReturnType<typeof plant>} Tree */

/**
 * @param {Question} question
 * @param {Tree} tree
 * @param {typeof ROOMY} sizes
 * @returns {Places | null} null when columns do not fit
 */
function inColumns(question, tree, sizes) {
  const { clients, width } = question;
  const columns = Math.max(1, ...tree.depth.map((depth) => depth + 1));
  const peers = question.links.some((link) => tree.depth[link.a] === tree.depth[link.b]);
  const left = EDGE + (clients.length > 0 ? sizes.client + sizes.clientGap : 0);
  const room = width - left - EDGE - (peers ? 84 : 0);
  const card = clamp((room - (columns - 1) * sizes.linkGood) / columns, sizes.card, sizes.cardMost);
  const gap = columns > 1 ? Math.min((room - columns * card) / (columns - 1), sizes.linkMost) : 0;
  if (columns > 1 ? gap < sizes.link : room < sizes.card) return null;
  const spare = (room - columns * card - (columns - 1) * gap) / 2;

  const slots = slotsOf(tree);
  const height = Math.max(question.height, slots.count * 46 + 20);
  const slot = (height - 12) / slots.count;
  const nodes = question.masters.map((_, node) => ({
    x: left + spare + tree.depth[node] * (card + gap),
    y: 6 + (slots.of[node] + 0.5) * slot,
    width: card,
    height: question.nodeHeights[node] || 90,
  }));
  const clientBoxes = clients.map((client, index) => {
    const peersOfTarget = clients.map((other, at) => (other.to === client.to ? at : -1)).filter((at) => at >= 0);
    const offset = peersOfTarget.indexOf(index) - (peersOfTarget.length - 1) / 2;
    const y = clamp((nodes[client.to]?.y ?? height / 2) + offset * 92, 34, height - 34);
    return { x: EDGE + spare / 2, y, width: sizes.client, height: question.clientHeights[index] || 60 };
  });
  return {
    mode: "columns",
    size: slot >= 118 ? "full" : slot >= 88 ? "medium" : slot >= 60 ? "small" : "tiny",
    height,
    nodes,
    clients: clientBoxes,
    links: question.links.map((link) => columnLink(link, question, tree, nodes)),
    clientPaths: clients.map((client, index) =>
      clientLink(clientBoxes[index], nodes[client.to], clients, index, tree.depth[client.to]),
    ),
  };
}

/** Leaves stand one below the other, a parent in the middle of its children. @param {Tree} tree */
function slotsOf(tree) {
  let next = 0;
  /** @type {number[]} */
  const of = [];
  const visit = (/** @type {number} */ node) => {
    const children = tree.children[node];
    if (children.length === 0) {
      of[node] = next++;
      return;
    }
    children.forEach(visit);
    of[node] = (of[children[0]] + of[children[children.length - 1]]) / 2;
  };
  tree.roots.forEach(visit);
  return { of, count: Math.max(next, 1) };
}

/**
 * @param {{ a: number, b: number }} link
 * @param {Question} question
 * @param {Tree} tree
 * @param {Box[]} nodes
 * @returns {Path}
 */
function columnLink(link, question, tree, nodes) {
  const follows = question.masters[link.b] === link.a ? [link.a, link.b] : [link.b, link.a];
  const attached = question.masters[follows[1]] === follows[0];
  const [from, to] = tree.depth[follows[0]] <= tree.depth[follows[1]] ? follows : [follows[1], follows[0]];
  const [source, target] = [nodes[from], nodes[to]];
  const sibling = tree.children[from].indexOf(to);
  const siblings = tree.children[from].length;
  let path;
  if (tree.depth[from] === tree.depth[to]) {
    path = arc(source.x + source.width, source.y, target.x + target.width, target.y);
  } else if (!attached || tree.depth[to] - tree.depth[from] > 1) {
    path = under(source, target);
  } else {
    const fan = siblings > 1 ? (sibling - (siblings - 1) / 2) * Math.min(18, 64 / siblings) : 0;
    path = bend(source.x + source.width, source.y + fan, target.x, target.y);
  }
  return from === link.a ? path : reversed(path);
}

/**
 * A client's line into its node.
 * @param {Box} box
 * @param {Box | undefined} node
 * @param {{ to: number }[]} clients
 * @param {number} index
 * @param {number} depth column of the node
 */
function clientLink(box, node, clients, index, depth) {
  if (!node) return bend(box.x, box.y, box.x, box.y);
  const same = clients.map((other, at) => (other.to === clients[index].to ? at : -1)).filter((at) => at >= 0);
  const fan = same.length > 1 ? (same.indexOf(index) - (same.length - 1) / 2) * 18 : 0;
  // Into a later column it runs beside the replication link that ends in the middle of the card.
  const beside = depth > 0 ? -34 : 0;
  return bend(box.x + box.width, box.y, node.x, node.y + fan + beside);
}

/** @param {Question} question @param {Tree} tree @returns {Places} */
function asTree(question, tree) {
  const { width } = question;
  /** @type {Box[]} */
  const nodes = [];
  let y = 12;
  const clientBoxes = question.clients.map((_, index) => {
    const height = question.clientHeights[index] || 46;
    const box = { x: EDGE - 4, y: y + height / 2, width: width - 2 * (EDGE - 4), height };
    y += height + 18;
    return box;
  });
  const indent = (/** @type {number} */ depth) => EDGE - 4 + Math.min(depth, 4) * 30;
  const visit = (/** @type {number} */ node) => {
    if (tree.depth[node] > 0) y += 46;
    const height = question.nodeHeights[node] || 84;
    const x = indent(tree.depth[node]);
    nodes[node] = { x, y: y + height / 2, width: width - x - EDGE + 4, height };
    y += height;
    tree.children[node].forEach(visit);
  };
  tree.roots.forEach((root, index) => {
    if (index > 0) y += 22;
    visit(root);
  });
  return {
    mode: "tree",
    size: "full",
    height: y + 14,
    nodes,
    clients: clientBoxes,
    links: question.links.map((link) => treeLink(link, question, tree, nodes)),
    clientPaths: question.clients.map((client, index) => {
      const [box, node] = [clientBoxes[index], nodes[client.to]];
      const x = box.x + box.width - 40;
      const top = node ? node.y - node.height / 2 : box.y;
      return measured(
        [
          [x, box.y + box.height / 2],
          [x, top],
        ],
        { x, y: top, width: 0, align: "center" },
      );
    }),
  };
}

/**
 * @param {{ a: number, b: number }} link
 * @param {Question} question
 * @param {Tree} tree
 * @param {Box[]} nodes
 */
function treeLink(link, question, tree, nodes) {
  const child = question.masters[link.b] === link.a ? link.b : question.masters[link.a] === link.b ? link.a : -1;
  if (child < 0) {
    const [a, b] = [nodes[link.a], nodes[link.b]];
    const x = a.x + a.width;
    return measured(
      [
        [x, a.y],
        [x + 7, a.y],
        [x + 7, b.y],
        [x, b.y],
      ],
      { x: x + 7, y: (a.y + b.y) / 2, width: 0, align: "center" },
    );
  }
  const parent = nodes[question.masters[child]];
  const box = nodes[child];
  const top = box.y - box.height / 2;
  // Each child has a rail of its own, the last one leftmost, so that no line crosses another.
  const siblings = tree.children[question.masters[child]];
  const place = siblings.length > 1 ? siblings.indexOf(child) / (siblings.length - 1) : 0.5;
  const x = parent.x + 22 - 16 * place;
  /** @type {[number, number][]} */
  const points = [
    [x, parent.y + parent.height / 2],
    [x, box.y],
    [box.x, box.y],
  ];
  const path = measured(points, { x: box.x + 2, y: top - 24, width: box.width - 4, align: "left" });
  return child === link.b ? path : reversed(path);
}

/**
 * Bends near its start and runs straight into its end, so that a label finds a level line.
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 */
function bend(x1, y1, x2, y2) {
  const level = Math.abs(y2 - y1) < 3;
  const turn = level ? x1 : x1 + (x2 - x1) * 0.37;
  const points = level
    ? /** @type {[number, number][]} */ ([
        [x1, y1],
        [x2, y2],
      ])
    : [
        ...bezier([x1, y1], [x1 + (turn - x1) * 0.75, y1], [x1 + (turn - x1) * 0.25, y2], [turn, y2]),
        /** @type {[number, number]} */ ([x2, y2]),
      ];
  return measured(points, { x: (turn + x2) / 2, y: y2, width: x2 - turn - 6, align: "center" });
}

/**
 * Between nodes of one column, on their right.
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 */
function arc(x1, y1, x2, y2) {
  const out = Math.max(x1, x2) + 44;
  return measured(bezier([x1, y1], [out, y1], [out, y2], [x2, y2]), {
    x: Math.max(x1, x2) + 42,
    y: (y1 + y2) / 2,
    width: 78,
    align: "center",
  });
}

/** Between nodes that do not follow each other, below what is between them. @param {Box} a @param {Box} b */
function under(a, b) {
  const [x1, x2] = [a.x + a.width * 0.5, b.x + b.width * 0.5];
  const low = Math.max(a.y + a.height / 2, b.y + b.height / 2) + 44;
  return measured(bezier([x1, a.y], [x1, low], [x2, low], [x2, b.y]), {
    x: (x1 + x2) / 2,
    y: low - 12,
    width: 120,
    align: "center",
  });
}

/** @typedef {[number, number]} Point */

/** @param {Point} a @param {Point} b @param {Point} c @param {Point} d @returns {Point[]} */
function bezier(a, b, c, d) {
  return Array.from({ length: 21 }, (_, i) => {
    const t = i / 20;
    const u = 1 - t;
    const at = (/** @type {0 | 1} */ axis) =>
      u * u * u * a[axis] + 3 * u * u * t * b[axis] + 3 * u * t * t * c[axis] + t * t * t * d[axis];
    return [at(0), at(1)];
  });
}

/** @param {Point[]} points @param {Path["label"]} label @returns {Path} */
function measured(points, label) {
  const lengths = [0];
  for (let i = 1; i < points.length; i += 1) {
    lengths.push(lengths[i - 1] + Math.hypot(points[i][0] - points[i - 1][0], points[i][1] - points[i - 1][1]));
  }
  return { points, lengths, label };
}

/** The same way from its other end: a link's path runs from its `a` to its `b`. @param {Path} path */
function reversed(path) {
  return measured([...path.points].reverse(), path.label);
}

/** The point at a share of a path's length. @param {Path} path @param {number} share 0 to 1 @returns {Point} */
export function pointAt(path, share) {
  const { points, lengths } = path;
  const wanted = clamp(share, 0, 1) * lengths[lengths.length - 1];
  let i = 1;
  while (i < lengths.length - 1 && lengths[i] < wanted) i += 1;
  const span = lengths[i] - lengths[i - 1] || 1;
  const t = (wanted - lengths[i - 1]) / span;
  return [
    points[i - 1][0] + (points[i][0] - points[i - 1][0]) * t,
    points[i - 1][1] + (points[i][1] - points[i - 1][1]) * t,
  ];
}

/** @param {number} value @param {number} least @param {number} most */
export function clamp(value, least, most) {
  return Math.min(Math.max(value, least), most);
}
