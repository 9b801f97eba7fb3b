// @ts-check
/**
 * Colours by meaning, for canvases. The properties are registered as colours, so that the computed value is a colour
 * that a canvas understands although the style sheet says `light-dark()`.
 */

const NAMES = [
  "bg",
  "panel",
  "sunk",
  "ink",
  "mute",
  "line",
  "stream",
  "beat",
  "ok",
  "risk",
  "lost",
  "snapshot",
  "down",
];

/**
 * @typedef {Record<"bg" | "panel" | "sunk" | "ink" | "mute" | "line" | "stream" | "beat" | "ok" | "risk" | "lost" |
 * "snapshot" | "down" | "mono" | "sans", string>} Palette
 */

let registered = false;

/** Registers the colours with the document, once. */
export function registerColours() {
  if (registered || typeof CSS === "undefined" || !("registerProperty" in CSS)) return;
  registered = true;
  for (const name of NAMES) {
    try {
      CSS.registerProperty({ name: `--psync-${name}`, syntax: "<color>", inherits: true, initialValue: "gray" });
    } catch {
      // Another copy of the element has registered it: the same definition.
    }
  }
}

/** The colours in force at an element. @param {Element} element @returns {Palette} */
export function readPalette(element) {
  const style = getComputedStyle(element);
  /** @type {Record<string, string>} */
  const palette = {};
  for (const name of NAMES) palette[name] = style.getPropertyValue(`--psync-${name}`).trim();
  palette.mono = style.getPropertyValue("--psync-mono").trim() || "monospace";
  palette.sans = style.getPropertyValue("--psync-sans").trim() || "sans-serif";
  return /** @type {Palette} */ (palette);
}

/** Whether the reader asked for less motion. */
export function prefersStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** A canvas that keeps its resolution equal to its size on the screen. */
export class Surface {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.width = 0;
    this.height = 0;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  }

  /** Clears and returns the context in CSS pixels, or null while there is no room. */
  begin() {
    const ratio = devicePixelRatio || 1;
    const { clientWidth, clientHeight } = this.canvas;
    if (clientWidth === 0 || clientHeight === 0) return null;
    this.width = clientWidth;
    this.height = clientHeight;
    const width = Math.round(clientWidth * ratio);
    const height = Math.round(clientHeight * ratio);
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, clientWidth, clientHeight);
    return this.context;
  }
}
