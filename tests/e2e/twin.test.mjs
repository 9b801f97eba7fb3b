// Twins: the same seed and inputs with one thing changed, beside the run, with the first difference in words.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { openPlayer } from "./player.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const opened = (address) => openPlayer(browser, address);

const pressed = async (player, role) => (await player.part(role).getAttribute("aria-pressed")) === "true";

test("the same run over TCP stands beside a run over the textbook's link", async () => {
  const { page, player, complaints, close } = await opened("index.html?scenario=lost-command");
  await player.part("narration").waitFor();
  await player.part("step-close").click();
  await player.part("link-button").first().click();
  await player.speed(10);
  await player.play();
  await player.event("loss-repaired");
  await player.part("play").click();
  const there = await player.seconds();
  await player.part("tcp-twin").click();
  await player.part("difference").waitFor();
  assert.equal(await pressed(player, "run-first"), true, "the reader's own run stays in sight");
  assert.equal(await player.seconds(), there);
  const words = await player.part("difference").innerText();
  assert.match(words, /from the beginning, the second with master – replica-1 over tcp/);
  assert.match(words, /first differ at 9\.5\d\d s: in the second run .*segment of .* lost; everything behind it waits 200 ms/);
  assert.match(words, /in the first run at 9\.\d+ s a frame from master to replica-1 was lost.*from byte 7,083 on/);
  assert.match(await player.part("beside").innerText(), /The second run at this moment: IN SYNC/);

  await player.part("run-second").click();
  await player.until(() => pressed(player, "run-second"), "the twin is shown");
  assert.equal(await player.seconds(), there);
  const kinds = (await player.events()).map((event) => event.kind);
  assert.equal(kinds.includes("frame-lost") || kinds.includes("loss-found"), false, "TCP loses nothing");
  // The scrubber is shared: the run beside follows.
  await page.locator('[data-role="scrubber"]').focus();
  await page.keyboard.press("ArrowDown");
  await player.until(async () => Math.abs((await player.seconds()) - there + 1) < 0.01, "a second back");
  await player.part("run-first").click();
  await player.until(() => pressed(player, "run-first"), "the first run again");
  assert.ok(Math.abs((await player.seconds()) - there + 1) < 0.01);
  await player.play();
  await player.until(async () => (await player.seconds()) > there + 1, "both go on");
  await player.part("join").click();
  assert.equal(await player.part("difference").isVisible(), false);
  assert.deepEqual(complaints, []);
  await close();
});

test("a twin with another setting, without a planned event, and from now on", async () => {
  const { page, player, complaints, close } = await opened("index.html?scenario=short-cut");
  const ask = async (kind) => {
    await player.part("app").focus();
    await page.keyboard.press("t");
    await player.part("twin-kind").selectOption(kind);
  };
  await ask("planned");
  await player.part("twin-place").selectOption("0");
  await player.part("twin-run").click();
  await player.part("difference").waitFor();
  assert.match(await player.part("difference").innerText(), /without “cut master – replica-1 at 8\.000 s”.*differ at 8\.000 s: in the first run link/);

  await ask("node");
  await player.part("twin-place").selectOption("0");
  await player.part("twin-setting").selectOption("repl-backlog-size");
  await player.part("twin-value").fill("nonsense");
  await player.part("twin-run").click();
  const problem = player.part("twin-dialog").locator('[data-role="problem"]');
  await problem.waitFor();
  assert.match(await problem.innerText(), /repl-backlog-size/);
  await player.part("twin-value").fill("16kb");
  await player.part("twin-run").click();
  await player.part("twin-dialog").waitFor({ state: "hidden" });
  await player.speed(10);
  await player.play();
  await player.event("partial-resynced");
  await player.part("play").click();
  assert.match(await player.part("difference").innerText(), /repl-backlog-size 16kb on master.*\+CONTINUE|FULLRESYNC/s);
  await player.part("run-second").click();
  await player.event("full-required");

  await player.part("join").click();
  const here = await player.seconds();
  await ask("link");
  await player.part("twin-setting").selectOption("latency_ms");
  await player.part("twin-value").fill("400");
  await player.part("twin-from-now").check();
  await player.part("twin-run").click();
  await player.part("difference").waitFor();
  assert.equal(await pressed(player, "run-second"), true);
  await player.play();
  await player.until(async () => (await player.seconds()) > here + 1, "it goes on");
  assert.match(await player.part("difference").innerText(), /latency, ms 400 on .* from there on.*in the second run .*new settings/);
  assert.deepEqual(complaints, []);
  await close();
});
