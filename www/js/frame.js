// @ts-check
/**
 * Reads the packed numbers of one frame by name. Rust exports the names and places once (`layout()`), so JavaScript
 * holds no index. A frame is a view on the memory of the engine and is valid until the engine is called again.
 */

/**
 * @typedef {Record<string, number>} Places
 * @typedef {{ header: Places, node: Places, link: Places, message: Places, carried: Places }} Layout
 */

export const NODE_STATES = ["running", "frozen", "busy", "crashed", "loading", "saving"];
export const LINK = { up: 0, cut: 1, silent: 2, silentAToB: 3, silentBToA: 4 };
/** What a link does to the stream, in the order of the numbers of a frame. */
export const TRANSPORTS = ["tcp", "textbook", "unsound"];
export const MESSAGE = { stream: 0, ping: 1, ack: 2, snapshot: 3, handshake: 4, request: 5, reply: 6 };

export class Frame {
  /** @param {Layout} layout */
  constructor(layout) {
    this.layout = layout;
    /** @type {Float64Array} */
    this.values = new Float64Array(0);
  }

  /** @param {string} name */
  header(name) {
    return this.values[this.layout.header[name]] ?? 0;
  }

  get nodes() {
    return this.header("nodes");
  }

  get links() {
    return this.header("links");
  }

  get messages() {
    return this.header("messages");
  }

  /** @param {number} index @param {string} field */
  node(index, field) {
    const at = this.layout.node;
    return this.values[this.header("node_base") + index * at.stride + at[field]] ?? 0;
  }

  /** @param {number} index @param {string} field */
  link(index, field) {
    const at = this.layout.link;
    return this.values[this.header("link_base") + index * at.stride + at[field]] ?? 0;
  }

  /** @param {number} index @param {string} field */
  message(index, field) {
    const at = this.layout.message;
    return this.values[this.header("message_base") + index * at.stride + at[field]] ?? 0;
  }
}
