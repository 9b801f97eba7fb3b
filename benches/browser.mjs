// 60 simulated seconds of one master, two replicas and 100 writes/s, and seeking in ten minutes of them, in headless
// Chromium with the module that the page loads. `cargo xtask bench` serves the page and runs this.

import { readFileSync } from "node:fs";
import { launch, open } from "../tests/e2e/browser.mjs";

const runs = Number(process.argv[2] ?? 15);
const scenario = JSON.parse(readFileSync(new URL("minute.json", import.meta.url), "utf8"));

/** Runs in the page. Whole: one call for the minute. Frames: 16 ms at a time with the numbers for a picture each time. */
async function measure({ scenario, runs }) {
  const engine = await import(new URL("/pkg/psync_playground.js", location.href).href);
  await engine.default();
  const minute = scenario.duration_ms;
  const timed = (work) => {
    const start = performance.now();
    const playground = new engine.Playground(scenario, scenario.seed);
    work(playground);
    const took_ms = performance.now() - start;
    if (playground.now_ms() < minute) throw new Error(`ran only to ${playground.now_ms()} ms`);
    const digest = playground.digest();
    playground.free();
    return { took_ms, digest };
  };
  const whole = (playground) => playground.advance(minute, 1e9);
  const frames = (playground) => {
    while (playground.now_ms() < minute) {
      playground.advance(Math.min(16, minute - playground.now_ms()), 1e9);
      playground.frame();
    }
  };
  const repeat = (work) => Array.from({ length: runs }, () => timed(work));
  return { whole: repeat(whole), frames: repeat(frames) };
}

/** Runs in the page: seeks all over a run of ten minutes, each far from the one before, as a hand on the slider does. */
async function seeks({ scenario, count }) {
  const engine = await import(new URL("/pkg/psync_playground.js", location.href).href);
  const wasm = await engine.default();
  const length = 600_000;
  const playground = new engine.Playground(scenario, scenario.seed);
  while (playground.now_ms() < length) playground.advance(Math.min(100, length - playground.now_ms()), 1e9);
  const end = playground.place();
  const digest = playground.digest();
  const times = [];
  for (let n = 0; n < count; n += 1) {
    const start = performance.now();
    playground.go(((n * 293_003) % length) * 1e6, Infinity, Infinity);
    playground.frame();
    times.push(performance.now() - start);
  }
  playground.go(end[0], end[1], end[2]);
  if (playground.digest() !== digest) throw new Error("the way back leads elsewhere");
  return { times, memory: wasm.memory.buffer.byteLength >> 20 };
}

function tell(name, results) {
  const times = results.map((result) => result.took_ms);
  const sorted = [...times].sort((a, b) => a - b);
  const digests = new Set(results.map((result) => result.digest));
  if (digests.size !== 1) throw new Error(`the runs differ: ${[...digests].join(" ")}`);
  const ms = (value) => `${value.toFixed(1)} ms`;
  console.log(
    `${name.padEnd(24)} median ${ms(sorted[sorted.length >> 1])}, fastest ${ms(sorted[0])}, first ${ms(times[0])}` +
      ` (${times.length} runs, digest ${[...digests][0]})`,
  );
}

const browser = await launch();
const blank = (page) =>
  page.route("**/bench.html", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>bench</title>" }));
const { page } = await open(browser, "bench.html", { before: blank });
const results = await page.evaluate(measure, { scenario, runs });
tell("in one call", results.whole);
tell("3750 frames of 16 ms", results.frames);
const { times, memory } = await page.evaluate(seeks, { scenario, count: 300 });
times.sort((a, b) => a - b);
const at = (part) => `${times[Math.round((times.length - 1) * part)].toFixed(1)} ms`;
console.log(`seek in 10 min            median ${at(0.5)}, 95 % ${at(0.95)}, slowest ${at(1)} (at most 50 ms; ${memory} MiB of memory)`);
await browser.close();
