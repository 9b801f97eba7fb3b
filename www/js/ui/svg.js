// @ts-check
/**
 * Writes SVG where a canvas would be drawn on: as much of a canvas's context as the drawings of this page use, so that a
 * picture that is saved is the picture that is seen.
 */

/** Angles from here on are whole circles, in radians. */
const WHOLE = 6.28;

export class SvgContext {
  /** @param {number} width @param {number} height @param {string} ground colour of the ground */
  constructor(width, height, ground) {
    this.width = width;
    this.height = height;
    this.strokeStyle = this.fillStyle = "#000";
    this.lineWidth = 1;
    this.globalAlpha = 1;
    this.font = "10px sans-serif";
    /** @type {CanvasTextAlign} */
    this.textAlign = "start";
    /** @type {number[]} */
    this.dash = [];
    /** Path data since `beginPath`. @type {string[]} */
    this.path = [];
    /** @type {string[]} */
    this.parts = [];
    this.clips = 0;
    /** What was set, and whether a group was opened, at each `save`. @type {{ state: Record<string, unknown>, group: boolean }[]} */
    this.saved = [];
    this.ruler = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
    this.fillStyle = ground;
    this.fillRect(0, 0, width, height);
  }

  /** The picture so far. @param {string} title */
  text(title) {
    const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${this.width}" height="${this.height}"`;
    const box = `viewBox="0 0 ${this.width} ${this.height}" role="img" stroke-linecap="butt">`;
    return [`${head} ${box}`, `<title>${escaped(title)}</title>`, ...this.parts, "</svg>", ""].join("\n");
  }

  save() {
    const { strokeStyle, fillStyle, lineWidth, globalAlpha, font, textAlign, dash } = this;
    this.saved.push({ state: { strokeStyle, fillStyle, lineWidth, globalAlpha, font, textAlign, dash }, group: false });
  }

  restore() {
    const last = this.saved.pop();
    if (!last) return;
    Object.assign(this, last.state);
    if (last.group) this.parts.push("</g>");
  }

  /** What is drawn until `restore` shows inside of the path only. */
  clip() {
    const last = this.saved.at(-1);
    if (!last || last.group) return;
    last.group = true;
    this.clips += 1;
    const name = `clip-${this.clips}`;
    this.parts.push(`<clipPath id="${name}"><path d="${this.path.join("")}"/></clipPath>`, `<g clip-path="url(#${name})">`);
  }

  beginPath() {
    this.path = [];
  }

  closePath() {
    this.path.push("Z");
  }

  /** @param {number} x @param {number} y */
  moveTo(x, y) {
    this.path.push(`M${short(x)} ${short(y)}`);
  }

  /** @param {number} x @param {number} y */
  lineTo(x, y) {
    this.path.push(`L${short(x)} ${short(y)}`);
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  rect(x, y, width, height) {
    this.path.push(`M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}Z`);
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height @param {number} radius */
  roundRect(x, y, width, height, radius) {
    const r = Math.min(radius, width / 2, height / 2);
    const [across, down] = [width - 2 * r, height - 2 * r].map(short);
    const turn = (/** @type {number} */ dx, /** @type {number} */ dy) => `a${short(r)} ${short(r)} 0 0 1 ${short(dx)} ${short(dy)}`;
    const [top, right] = [`M${short(x + r)} ${short(y)}h${across}${turn(r, r)}`, `v${down}${turn(-r, r)}`];
    this.path.push(`${top}${right}h-${across}${turn(-r, -r)}v-${down}${turn(r, -r)}Z`);
  }

  /** @param {number} x @param {number} y @param {number} radius @param {number} from @param {number} to a whole circle */
  arc(x, y, radius, from, to) {
    if (to - from < WHOLE) throw new Error("only whole circles");
    const half = `a${short(radius)} ${short(radius)} 0 1 1`;
    this.path.push(`M${short(x - radius)} ${short(y)}${half} ${short(2 * radius)} 0${half} ${short(-2 * radius)} 0Z`);
  }

  /** @param {number[]} dash */
  setLineDash(dash) {
    this.dash = dash;
  }

  stroke() {
    this.element("path", `d="${this.path.join("")}" fill="none"${this.pen()}`);
  }

  fill() {
    this.element("path", `d="${this.path.join("")}" fill="${this.fillStyle}"`);
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  fillRect(x, y, width, height) {
    this.element("rect", `${box(x, y, width, height)} fill="${this.fillStyle}"`);
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  strokeRect(x, y, width, height) {
    this.element("rect", `${box(x, y, width, height)} fill="none"${this.pen()}`);
  }

  /** @param {string} text @param {number} x @param {number} y */
  fillText(text, x, y) {
    const [size, ...families] = this.font.split(" ");
    const anchor = this.textAlign === "center" ? "middle" : this.textAlign === "right" ? "end" : "start";
    const type = `font-size="${size}" font-family="${escaped(families.join(" "))}" text-anchor="${anchor}"`;
    const place = `x="${short(x)}" y="${short(y)}" fill="${this.fillStyle}"${this.alpha()}`;
    this.parts.push(`<text ${place} ${type} xml:space="preserve">${escaped(text)}</text>`);
  }

  /** @param {string} text */
  measureText(text) {
    this.ruler.font = this.font;
    return this.ruler.measureText(text);
  }

  /** @param {string} name @param {string} attributes */
  element(name, attributes) {
    this.parts.push(`<${name} ${attributes}${this.alpha()}/>`);
  }

  pen() {
    const dash = this.dash.length > 0 ? ` stroke-dasharray="${this.dash.join(" ")}"` : "";
    return ` stroke="${this.strokeStyle}" stroke-width="${this.lineWidth}"${dash}`;
  }

  alpha() {
    return this.globalAlpha < 1 ? ` opacity="${short(this.globalAlpha)}"` : "";
  }
}

/** @param {number} x @param {number} y @param {number} width @param {number} height */
function box(x, y, width, height) {
  return `x="${short(x)}" y="${short(y)}" width="${short(Math.max(width, 0))}" height="${short(height)}"`;
}

/** @param {number} value */
function short(value) {
  return Number(value.toFixed(2));
}

/** @param {string} text */
function escaped(text) {
  // What XML knows no character for is left out.
  const known = text.replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "");
  return known.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
