// @ts-check
/**
 * Links to a moment: what a run is made of - scenario, seed, what was done and when - and where to stand in it, as text
 * that fits into an address. `1.` and then JSON, deflated, in the base64 of addresses. Another version begins with
 * another number; what this one reads never changes its meaning.
 */

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("../types.js").Moment} Moment */

const VERSION = "1";
/** Most bytes that a link unpacks to: a scenario may be large, but not without end. */
const MOST_BYTES = 1 << 20;
/** Most inputs; the engine takes no more. */
const MOST_INPUTS = 10_000;
/** A link that would be longer goes without the narration of a scenario of the reader's own. */
const LONGEST = 1400;
/** A link that another one made this way is not longer. */
const MOST_CHARACTERS = 200_000;

/** A link that cannot be followed; the message says why. */
export class LinkError extends Error {}

/**
 * The moment that is shown, as text for an address.
 * @param {Model} model
 * @param {number[]} place as the engine tells it
 */
export async function encodeMoment(model, place) {
  const { scenario, scenarioId, labels, selection } = model;
  const known = isId(scenarioId);
  const data = {
    s: known ? scenarioId : scenario,
    ...(known ? { h: fingerprint(scenario) } : {}),
    ...(labels.seed === (scenario.seed ?? 1) ? {} : { d: labels.seed }),
    ...(model.inputs.length > 0 ? { i: model.inputs.map(({ time_ns, order, done }) => [time_ns, order, done]) } : {}),
    t: place.slice(0, 3),
    ...(selection.node >= 0 ? { n: selection.node } : selection.link >= 0 ? { l: selection.link } : {}),
  };
  const code = await packed(data);
  if (known || !scenario.steps || code.length <= LONGEST) return code;
  // The narration is no part of the run: an address that people pass on is worth more.
  const { steps: _, ...run } = scenario;
  return packed({ ...data, s: run });
}

/** @param {Record<string, unknown>} data */
async function packed(data) {
  const bytes = new TextEncoder().encode(JSON.stringify(data));
  return `${VERSION}.${toText(await through(bytes, new CompressionStream("deflate-raw"), Infinity))}`;
}

/**
 * Reads such a text.
 * @param {string} code
 * @returns {Promise<{ scenario: string | Record<string, unknown>, fingerprint: string | undefined, moment: Moment }>}
 */
export async function decodeMoment(code) {
  const [version, text] = code.split(".", 2);
  if (!/^\d+$/.test(version) || text === undefined) throw new LinkError("it is no link to a moment");
  if (version !== VERSION) throw new LinkError(`it is of version ${version}, and this page reads version ${VERSION}`);
  if (text.length > MOST_CHARACTERS) throw new LinkError("it is too long");
  let data;
  try {
    const bytes = await through(fromText(text), new DecompressionStream("deflate-raw"), MOST_BYTES);
    data = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new LinkError("it is damaged, perhaps cut off on its way");
  }
  return read(data);
}

/** @param {any} data */
function read(data) {
  const inputs = data?.i ?? [];
  const sound =
    (isId(data?.s) || (typeof data?.s === "object" && data.s !== null)) &&
    isPlace(data.t, 3) &&
    Array.isArray(inputs) &&
    inputs.length <= MOST_INPUTS &&
    inputs.every((input) => isPlace(input, 2) && typeof input[2] === "object" && input[2] !== null);
  if (!sound) throw new LinkError("something in it is missing");
  return {
    scenario: data.s,
    fingerprint: data.h,
    moment: {
      seed: typeof data.d === "number" ? data.d : undefined,
      inputs: inputs.map(([time_ns, order, done]) => ({ time_ns, order, done })),
      place: data.t,
      selection: { node: data.n ?? -1, link: data.l ?? -1 },
    },
  };
}

/** @param {unknown} value @param {number} numbers */
function isPlace(value, numbers) {
  return Array.isArray(value) && value.length === 3 && value.slice(0, numbers).every((each) => each >= 0);
}

/** Whether a scenario is one of the catalogue. @param {unknown} reference */
export function isId(reference) {
  return typeof reference === "string" && /^[\w-]+$/.test(reference);
}

/** Tells a text of a scenario from another, so that a link notices that its scenario has changed. @param {unknown} value */
export function fingerprint(value) {
  let hash = 0x811c9dc5;
  for (const unit of JSON.stringify(value)) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(36);
}

/** @param {Uint8Array<ArrayBuffer>} bytes @param {CompressionStream | DecompressionStream} way @param {number} most */
async function through(bytes, way, most) {
  const reader = new Blob([bytes]).stream().pipeThrough(way).getReader();
  /** @type {Uint8Array[]} */
  const parts = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) throw new LinkError("it unpacks to too much");
    parts.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Uint8Array} bytes */
function toText(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @param {string} text */
function fromText(text) {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(bytes, (unit) => unit.charCodeAt(0));
}
