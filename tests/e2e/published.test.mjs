// The published folder (`cargo xtask dist`), whose engine comes in two parts: the second is loaded when it is needed.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open } from "./browser.mjs";
import { Player } from "./player.mjs";

const PUBLISHED = process.env.PSYNC_DIST_URL;
const skip = PUBLISHED === undefined && "PSYNC_DIST_URL names no served folder of cargo xtask dist";
const REST = "psync_playground_rest.wasm";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

test("what only plays loads no more, and a reader who begins to act misses nothing", { skip }, async () => {
  const address = new URL("index.html", PUBLISHED).href;
  const { page, complaints, requests, close } = await open(browser, address);
  const player = new Player(page);
  await player.ready();
  const loadedRest = () => requests.some((url) => url.endsWith(REST));
  assert.equal(loadedRest(), false);

  const rest = page.waitForResponse((response) => response.url().endsWith(REST));
  await page.mouse.move(600, 300);
  assert.equal((await rest).status(), 200);
  await player.part("back").click();
  await player.part("link-button").first().click();
  await player.part("heal").click();
  await player.play();
  await player.event("link-healed");
  await player.event("partial-resynced");
  await player.part("tab-console").click();
  await player.part("console-input").fill("INFO replication");
  await player.part("console-input").press("Enter");
  await player.until(async () => (await player.part("console-log").innerText()).includes("master_repl_offset"), "INFO");
  assert.deepEqual(complaints, []);
  await close();
});

test("a call that needs the rest before it came brings it", { skip }, async () => {
  const { page, requests, close } = await open(browser, new URL("index.html?scenario=short-cut", PUBLISHED).href);
  await new Player(page).ready();
  const digests = await page.evaluate(async (glue) => {
    const engine = await import(glue);
    const nodes = [{ name: "master" }, { name: "replica", replicaof: "master" }];
    const played = () => {
      const run = new engine.Playground({ title: "two", question: "", nodes });
      run.advance(2000, Infinity);
      run.console(0, "SET key value");
      run.advance(2000, Infinity);
      run.step_back(false);
      run.go(3e9, 0, Infinity);
      return [run.digest(), run.console_output(0, 0).lines.length];
    };
    return [played(), played()];
  }, new URL("pkg/psync_playground.js", PUBLISHED).href);
  assert.deepEqual(digests[0], digests[1]);
  assert.equal(requests.filter((url) => url.endsWith(REST)).length, 1);
  await close();
});
