// 60 simulated seconds of one master, two replicas and 100 writes/s, in headless Chromium with the module that the page
// loads. `cargo xtask bench` serves the page and runs this.

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
await browser.close();
