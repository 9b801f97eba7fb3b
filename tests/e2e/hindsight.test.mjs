// What hindsight tells: since when a full resync was unavoidable, and which acknowledged writes are lost.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { openPlayer } from "./player.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const opened = (scenario) => openPlayer(browser, `index.html?scenario=${scenario}`);

test("the point of no return of a long cut is marked, told and can be gone to", async () => {
  const { player, complaints, close } = await opened("long-cut");
  await player.playTo(30);
  const mark = player.part("no-return");
  await player.until(async () => (await mark.count()) === 1, "a mark on the time strip");
  const words = await mark.getAttribute("aria-label");
  assert.match(words, /^Point of no return at .*replica-1: unavoidable since 1[678]\.\d s: the backlog passed it$/);
  assert.equal((await mark.innerText()).trim(), "no return");
  assert.match(await player.part("event-unavoidable").first().innerText(), /the backlog passed it/);
  await mark.focus();
  await mark.press("Enter");
  const near = async () => Math.abs((await player.seconds()) - 17) < 1.5;
  await player.until(near, "the point of no return");
  assert.equal(await mark.count(), 1, "it stays marked, ahead of what it leads to");
  // Healed in time, the full resync is gone, and with it the mark.
  await player.part("scrubber").focus();
  for (let n = 0; n < 3; n += 1) await player.part("scrubber").press("ArrowDown");
  await player.until(async () => (await player.seconds()) < 15.5, "a moment before it");
  await player.part("app").focus();
  await player.part("app").press("x");
  await player.until(async () => !(await mark.isVisible()), "no mark");
  assert.deepEqual(complaints, []);
  await close();
});

test("writes that a failover left behind are listed, and each leads to its moment", async () => {
  const { player, complaints, close } = await opened("late-write");
  const number = async (field) => Number((await player.part(`fate-${field}`).innerText()).replaceAll(",", ""));
  await player.element.getByRole("tab", { name: "Writes" }).click();
  await player.part("fates").waitFor();
  const complete = async () => (await player.part("fates").getAttribute("aria-busy")) === "false";
  await player.until(complete, "the fates");
  // Two histories: what was written to the old master since the cut hangs on it alone.
  const risky = await number("at_risk");
  assert.ok(risky > 90 && (await number("lost")) === 0, `${risky} at risk`);
  assert.match(await player.part("writes-at-risk").innerText(), /on replica-1, not in the history of master/);
  // What is typed has a fate, too.
  await player.part("write-once").click();
  const typed = async () => /INCR written-by-hand\s+console of replica-1/.test(await player.part("writes-at-risk").innerText());
  await player.until(typed, "the write by hand");
  await player.playTo(25);
  await player.until(async () => (await complete()) && (await number("lost")) > 90, "lost writes");
  const row = player.part("lost-writes").locator('[data-role="fate-row"]').first();
  assert.match(await row.innerText(), /SET key:\d+ \(100 bytes\)/);
  const at = Number((await row.innerText()).match(/(\d+\.\d+)/)[1]);
  await row.click();
  await player.until(async () => Math.abs((await player.seconds()) - at) < 0.01, `the moment ${at} s of the write`);
  assert.equal(await number("lost"), 0, "it was not lost yet then");
  assert.deepEqual(complaints, []);
  await close();
});
