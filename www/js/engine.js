// @ts-check
/**
 * The only importer of the wasm package. One promise a page: every element shares one compiled module. Each way in
 * which
 * loading can fail has its own advice.
 */

/**
 * The published module comes in two parts: the first opens the story `opensAlone`, and `loadRest` loads the second.
 * @typedef {{ loadRest?: () => Promise<void>, opensAlone?: string }} Parts
 * @typedef {typeof import("../pkg/psync_playground.js") & Parts} Engine
 */
/** @typedef {import("../pkg/psync_playground.js").Playground} Playground */

/** Loading failed; `advice` says what the reader can do about it. */
export class LoadError extends Error {
  /** @param {string} message @param {string} advice @param {unknown} [cause] */
  constructor(message, advice, cause) {
    super(message, { cause });
    this.name = "LoadError";
    this.advice = advice;
  }
}

/** @type {Promise<Engine> | undefined} */
let loading;

/** Loads the engine once. A failed attempt may be repeated. */
export function loadEngine() {
  loading ??= load().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** The reader begins to do something: what only playing does not need will be needed soon. */
export async function expectMore() {
  const engine = await loading?.catch(() => undefined);
  await engine?.loadRest?.();
}

/** A story is about to be opened: most need more than the first of the catalogue. @param {string} story its id */
export async function expectStory(story) {
  const engine = await loading?.catch(() => undefined);
  if (engine?.opensAlone !== story) await engine?.loadRest?.();
}

async function load() {
  if (typeof WebAssembly !== "object") {
    throw new LoadError(
      "This browser has no WebAssembly.",
      "Use a current browser, or allow WebAssembly on this page.",
    );
  }
  /** @type {Engine} */
  let engine;
  try {
    engine = await import("../pkg/psync_playground.js");
  } catch (error) {
    throw new LoadError(
      "The engine's script did not load.",
      "Build it with `cargo xtask play`, and open the page over http, not as a file.",
      error,
    );
  }
  try {
    await engine.default();
  } catch (error) {
    throw new LoadError(String(error instanceof Error ? error.message : error), loadAdvice(error), error);
  }
  return engine;
}

/** @param {unknown} error */
function loadAdvice(error) {
  const text = String(error);
  if (/unsafe-eval|Content Security Policy|disallowed by embedder/i.test(text)) {
    return "The page's content security policy forbids WebAssembly: add 'wasm-unsafe-eval' to script-src.";
  }
  if (/mime/i.test(text)) {
    return "The server should send .wasm files as application/wasm.";
  }
  if (/fetch|network|404/i.test(text)) {
    return "The .wasm file could not be fetched: it belongs in pkg/ beside js/.";
  }
  return "Reload the page; if it stays, use a current browser.";
}

/**
 * Whether the engine itself broke (a trap or a panic) and its handle must not be used again, as opposed to an error
 * that it returned.
 * @param {unknown} error
 */
export function isPanic(error) {
  return error instanceof WebAssembly.RuntimeError;
}
