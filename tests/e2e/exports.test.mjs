// What a run can be saved as: a trace that gives the same run again, a table of its numbers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { launch, open } from "./browser.mjs";
import { Player } from "./player.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** Saves the run as what is named; returns the file's text. */
async function saved(page, player, what) {
  const [download] = await Promise.all([page.waitForEvent("download"), player.part(`export-${what}`).click()]);
  assert.match(download.suggestedFilename(), /^psync-short-cut-seed-1\.(json|csv)$/);
  await player.until(async () => (await player.part("export-state").innerText()).startsWith("Saved as"), "the file");
  return readFileSync(await download.path(), "utf8");
}

/** Runs in the page: the digest of a trace's run, and the number of its events. */
async function playAgain({ scenario, seed, inputs, end }) {
  const engine = await import(new URL("/pkg/psync_playground.js", location.href).href);
  await engine.default();
  const playground = new engine.Playground(scenario, seed);
  for (const { time_ns, order, done } of inputs) {
    playground.go(time_ns, order, Infinity);
    if (done.do) playground.action(done);
    else playground.console(done.node, done.line);
  }
  playground.go(end.time_ns, end.order, end.inputs);
  return { digest: playground.digest(), events: playground.place()[6] };
}

test("a run is saved as a trace and as a table, and goes on undisturbed", async () => {
  const options = { acceptDownloads: true };
  const { page, complaints, requests, close } = await open(browser, "index.html?scenario=short-cut", options);
  const player = new Player(page);
  await player.ready();
  await player.part("app").focus();
  for (const key of ["2", "z", "Shift+ArrowRight", "z", "w", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
  const end = await player.seconds();
  await page.keyboard.press("Shift+ArrowLeft");
  const here = await player.seconds();
  assert.ok(here < end);
  assert.equal(requests.some((url) => url.endsWith("views/export.js")), false, "loaded when it is asked for");
  await page.keyboard.press("e");

  const trace = JSON.parse(await saved(page, player, "trace"));
  assert.deepEqual([trace.format, trace.version, trace.whole], ["psync-trace", 1, true]);
  assert.equal(trace.inputs.length, 3);
  assert.equal(trace.end.inputs, 3);
  assert.ok(Math.abs(trace.end.time_ns / 1e9 - end) < 0.001, `${trace.end.time_ns} ns is ${end} s`);
  assert.deepEqual(trace.events.map((event) => event.seq), trace.events.map((_, index) => index + 1));
  assert.ok(trace.events.every((event, index) => event.time_ms >= (trace.events[index - 1]?.time_ms ?? 0)));
  const ack = trace.events.findLast((event) => event.kind === "ack-received");
  assert.deepEqual([ack.node, ack.peer, ack.cause], ["master", "replica-2", false]);
  assert.deepEqual(ack.numbers, { offset: ack.numbers.offset, behind_bytes: ack.numbers.behind_bytes });
  assert.ok(trace.events.some((event) => event.kind === "node-frozen"));
  assert.deepEqual(await page.evaluate(playAgain, trace), { digest: trace.digest, events: trace.events.length });

  const rows = (await saved(page, player, "table")).trimEnd().split("\r\n").map((line) => line.split(","));
  const column = (name) => rows[0].indexOf(name);
  assert.ok(rows.every((row) => row.length === rows[0].length));
  assert.equal(Number(rows.at(-1)[0]).toFixed(3), (trace.end.time_ns / 1e6).toFixed(3));
  const gaps = rows.slice(1).map((row) => Number(row[column("gap_bytes replica-1")]));
  assert.ok(Math.max(...gaps) > 200_000, `${Math.max(...gaps)} bytes: ten seconds of 100 writes of 200 bytes`);
  const ages = rows.slice(1).map((row) => Number(row[column("since_last_ack_ms replica-1")]));
  assert.ok(Math.max(...ages) > 11_000, "no ACK since the cut");

  await page.keyboard.press("Escape");
  assert.equal(await player.seconds(), here);
  await player.part("app").focus();
  await page.keyboard.press("End");
  assert.equal(await player.seconds(), end, "what was recorded is still there");
  assert.deepEqual(complaints, []);
  await close();
});
