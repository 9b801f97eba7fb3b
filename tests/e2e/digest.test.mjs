// The engine in the browser computes the same bits as natively: digests of the catalogue against those that
// `tests/digest.rs` wrote.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { launch, open } from "./browser.mjs";
import { inFirefox } from "./firefox.mjs";

const LENGTH_MS = 60_000;
const NO_FILE = "PSYNC_DIGESTS names no file of native digests; cargo xtask test e2e makes one";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** Runs in the page: one digest a scenario. */
async function digests({ scenarios, length }) {
  const engine = await import(new URL("/pkg/psync_playground.js", location.href).href);
  await engine.default();
  return scenarios.map((scenario) => {
    const playground = new engine.Playground(scenario, scenario.seed);
    while (playground.now_ms() < length) playground.advance(Math.min(100, length - playground.now_ms()), 1e9);
    const digest = playground.digest();
    playground.free();
    return digest;
  });
}

/** Runs in the page: the digest at the end of each scenario. */
async function endsOf(scenarios) {
  const engine = await import(new URL("/pkg/psync_playground.js", location.href).href);
  await engine.default();
  return scenarios.map((scenario) => {
    const playground = new engine.Playground(scenario);
    playground.advance(scenario.duration_ms, Infinity);
    const digest = playground.digest();
    playground.free();
    return digest;
  });
}

/** A page with nothing on it. */
const blankPage = (page) =>
  page.route("**/blank.html", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>digests</title>" }));

test("the browser and the native build agree to the bit", async (t) => {
  const file = process.env.PSYNC_DIGESTS;
  if (file === undefined) {
    return t.skip(NO_FILE);
  }
  const native = JSON.parse(readFileSync(file, "utf8")).catalogue;
  const names = Object.keys(native);
  const folder = (name) => new URL(name === "minute.json" ? "../../benches/" : "../../www/scenarios/", import.meta.url);
  const scenarios = names.map((name) => JSON.parse(readFileSync(new URL(name, folder(name)), "utf8")));
  const { page, close } = await open(browser, "blank.html", { before: blankPage });
  const found = await page.evaluate(digests, { scenarios, length: LENGTH_MS });
  assert.deepEqual(Object.fromEntries(names.map((name, at) => [name, found[at]])), native);
  await close();
});

test("200 seeds of the swarm end with the same bits in Chromium", async (t) => {
  const file = process.env.PSYNC_DIGESTS;
  if (file === undefined) return t.skip(NO_FILE);
  const { swarm } = JSON.parse(readFileSync(file, "utf8"));
  const { page, close } = await open(browser, "blank.html", { before: blankPage });
  const found = await page.evaluate(endsOf, swarm.map(({ scenario }) => scenario));
  assert.equal(found.length, 200);
  assert.deepEqual(found, swarm.map(({ digest }) => digest));
  await close();
});

test("200 seeds of the swarm end with the same bits in Firefox", async (t) => {
  const file = process.env.PSYNC_DIGESTS;
  if (file === undefined) return t.skip(NO_FILE);
  const { swarm } = JSON.parse(readFileSync(file, "utf8"));
  const found = await inFirefox(endsOf, swarm.map(({ scenario }) => scenario));
  assert.deepEqual(found, swarm.map(({ digest }) => digest));
});

test("the module imports nothing but its own glue", async () => {
  const { page, close } = await open(browser, "blank.html", { before: blankPage });
  const imports = await page.evaluate(async () => {
    const module = await WebAssembly.compileStreaming(fetch("/pkg/psync_playground_bg.wasm"));
    return WebAssembly.Module.imports(module).map((entry) => `${entry.module} ${entry.name}`);
  });
  console.log(imports.join("\n"));
  for (const name of imports) {
    assert.doesNotMatch(name, /wasi|env |Date|Math|random|crypto|setTimeout|document|fetch/i);
  }
  await close();
});
