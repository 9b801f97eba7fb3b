// The page in a real browser, as a newcomer uses it and as an author embeds it. `cargo xtask test e2e` builds and serves
// the page and runs this; by hand, with the page served: node --test tests/e2e/smoke.test.mjs

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { launch, open } from "./browser.mjs";
import { Player } from "./player.mjs";

/** What a first visit may load today, gzip, in bytes. */
const FIRST_LOAD_MAX = 177 * 1024;
/** What it shall load. The first number goes down with the module; only a new capability may raise it. */
const FIRST_LOAD_GOAL = 150 * 1024;

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** A page of someone else's, in a folder of its own, served beside ours. */
const foreign = (path, body) => ({
  before: (page) => page.route(`**${path}`, (route) => route.fulfill({ contentType: "text/html", body })),
});

test("play, cut a link, heal it: a partial resync, and an empty console", async () => {
  const { page, complaints, close } = await open(browser, "index.html?scenario=steady-heartbeats");
  const player = new Player(page);
  await player.ready();
  await player.play();
  await player.part("beats").check();
  await player.event("ack-received");
  await player.part("beats").uncheck();

  await player.part("link-button").first().click();
  await player.part("cut").click();
  await player.event("link-cut");
  await player.event("master-link-lost");
  await player.part("heal").click();
  await player.event("link-healed");
  await player.event("partial-accepted");
  await player.event("partial-resynced");
  assert.equal((await player.events()).some((event) => event.kind === "full-required" && event.text.includes("backlog")), false);
  assert.deepEqual(complaints, []);
  await close();
});

test("pause stops time, a step runs to an event, reset goes back", async () => {
  const { page, complaints, close } = await open(browser, "index.html?scenario=steady-heartbeats");
  const player = new Player(page);
  await player.ready();
  const opening = await player.seconds();
  await player.play();
  await player.part("play").click();
  const paused = await player.seconds();
  await page.waitForTimeout(300);
  assert.equal(await player.seconds(), paused);
  await player.part("step").click();
  await player.until(async () => (await player.seconds()) > paused, "a step moves the clock");
  await player.part("reset").click();
  await player.until(async () => (await player.seconds()) === opening, "reset moves the clock back");
  assert.deepEqual(complaints, []);
  await close();
});

test("the sheet of keys says how true the model is, in numbers fetched only then", async () => {
  const { page, complaints, requests, close } = await open(browser, "index.html?scenario=steady-heartbeats");
  const player = new Player(page);
  await player.ready();
  assert.equal(requests.some((url) => url.endsWith("conformance.json")), false);
  await player.part("help").click();
  await player.until(async () => /^\d+ of \d+ scripts/.test(await player.part("score").textContent()), "the score is shown");
  const table = await page.context().newPage();
  await table.goto(await page.getByRole("link", { name: "Every case" }).getAttribute("href"));
  assert.equal(await table.getByRole("heading", { name: "Conformance" }).count(), 1);
  assert.deepEqual(complaints, []);
  await close();
});

test("the console talks to a node and the inspector shows its INFO", async () => {
  const { page, complaints, close } = await open(browser, "index.html?scenario=steady-heartbeats");
  const player = new Player(page);
  await player.ready();
  await player.part("tab-console").click();
  await player.part("console-input").fill("SET greeting hello");
  await player.part("console-input").press("Enter");
  await player.part("console-input").fill("GET greeting");
  await player.part("console-input").press("Enter");
  await player.part("play").click();
  await player.until(async () => (await player.part("console-log").innerText()).includes('"hello"'), "the reply of GET");
  await player.part("node-button").first().click();
  await player.part("tab-inspector").click();
  await player.until(async () => (await player.part("info").innerText()).includes("role:master"), "INFO of the master");
  assert.deepEqual(complaints, []);
  await close();
});

test("two players on one page load the engine once", async () => {
  const { page, complaints, requests, close } = await open(browser, "example.html");
  for (const index of [0, 1]) {
    await new Player(page, index).ready();
  }
  assert.equal(requests.filter((url) => url.endsWith(".wasm")).length, 1);
  assert.deepEqual(complaints, []);
  await close();
});

test("the element works in a page of someone else's", async () => {
  const body = `<!doctype html><html lang="en"><title>Ours</title><link rel="icon" href="data:,">
    <style>* { color: red; font-size: 30px; all: unset } button, section { display: none }</style>
    <script type="module" src="/js/define.js"></script>
    <h1>Our documentation</h1><psync-playground scenario="short-cut"></psync-playground>`;
  const { page, complaints, close } = await open(browser, "docs/replication.html", foreign("/docs/replication.html", body));
  const player = new Player(page);
  await player.ready();
  await player.speed(5);
  await player.play();
  await player.event("partial-resynced");
  assert.deepEqual(complaints, []);
  await close();
});

test("embed.html works in a sandboxed frame of another page", async () => {
  const body = `<!doctype html><html lang="en"><title>Ours</title><link rel="icon" href="data:,">
    <iframe title="A long cut" src="/embed.html?scenario=long-cut" width="720" height="640"></iframe>`;
  const { page, complaints, close } = await open(browser, "docs/frame.html", foreign("/docs/frame.html", body));
  const player = new Player(page.frameLocator("iframe"));
  await player.ready();
  await player.speed(10);
  await player.play();
  await player.event("full-required");
  assert.deepEqual(complaints, []);
  await close();
});

test("a scenario that is wrong is explained, and the page keeps what it ran", async () => {
  const { page, complaints, close } = await open(browser, "index.html?scenario=steady-heartbeats");
  const player = new Player(page);
  await player.ready();
  const before = await player.seconds();
  const wrong = {
    "an unknown field": [{ nodes: [{ name: "master", colour: "red" }] }, "nodes[0]", "colour"],
    "a negative delay": [
      { nodes: [{ name: "a" }, { name: "b", replicaof: "a" }], links: [{ between: ["a", "b"], latency_ms: -1 }] },
      "links[0].latency_ms",
      "-1",
    ],
    "a link to a node that is not there": [{ nodes: [{ name: "a" }], links: [{ between: ["a", "ghost"] }] }, "links[0]", "ghost"],
    "a replica of itself": [{ nodes: [{ name: "a", replicaof: "a" }] }, "nodes[0].replicaof", "a"],
  };
  for (const [what, [scenario, place, found]] of Object.entries(wrong)) {
    await player.part("edit").click();
    await player.part("scenario-text").fill(JSON.stringify({ title: what, ...scenario }));
    await player.part("run-scenario").click();
    const problem = player.part("problem").first();
    await problem.waitFor();
    const text = await problem.innerText();
    for (const expected of [place, found, "expected"]) {
      assert.ok(text.includes(expected), `${what}: ${expected} is missing in: ${text}`);
    }
    await page.keyboard.press("Escape");
  }
  assert.equal(await player.seconds(), before);
  await player.play();
  assert.deepEqual(complaints, []);
  await close();
});

test("the keyboard is enough", async () => {
  const { page, complaints, close } = await open(browser, "index.html?scenario=steady-heartbeats");
  const player = new Player(page);
  await player.ready();
  await player.part("app").focus();
  await page.keyboard.press("2");
  await page.keyboard.press("x");
  await page.keyboard.press("Space");
  await player.event("link-cut");
  await page.keyboard.press("x");
  await player.event("partial-resynced");
  assert.deepEqual(complaints, []);
  await close();
});

test("a first visit loads little, and what is published works", async (t) => {
  const published = process.env.PSYNC_DIST_URL;
  if (published === undefined) {
    return t.skip("PSYNC_DIST_URL names no served folder of cargo xtask dist");
  }
  const { page, complaints, loaded, close } = await open(browser, new URL("index.html", published).href);
  const player = new Player(page);
  await player.ready();
  const files = (await loaded()).map(({ url, body }) => ({ url: new URL(url).pathname, gzip: gzipSync(body, { level: 9 }).length }));
  files.sort((a, b) => b.gzip - a.gzip);
  const sum = files.reduce((total, file) => total + file.gzip, 0);
  const kb = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
  for (const file of files.slice(0, 5)) console.log(`  ${kb(file.gzip).padStart(9)}  ${file.url}`);
  console.log(`first load: ${kb(sum)} gzip in ${files.length} files (at most ${kb(FIRST_LOAD_MAX)}, goal ${kb(FIRST_LOAD_GOAL)})`);
  await player.play();
  assert.deepEqual(complaints, []);
  await close();
  assert.ok(sum <= FIRST_LOAD_MAX, `${kb(sum)} is over ${kb(FIRST_LOAD_MAX)}`);
});
