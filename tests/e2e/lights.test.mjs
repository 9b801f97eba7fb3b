// The checker as lights: what must hold in every run, whether it does, and where it broke.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { openPlayer } from "./player.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

async function opened(scenario) {
  const { page, player, complaints, close } = await openPlayer(browser, `index.html?scenario=${scenario}`);
  const lights = player.part("lights");
  /** The state of each light in the summary. */
  const states = () => lights.locator("i").evaluateAll((all) => all.map((each) => each.dataset.state));
  const says = (words) => player.until(async () => words.test(await lights.innerText()), `lights that say ${words}`);
  /** A row of the list by its name. */
  const row = (name) => player.part("check").filter({ hasText: name });
  return { page, player, lights, states, says, row, complaints, close };
}

test("frames without offsets light red: the same (replid, offset), different data", async () => {
  const { player, lights, states, says, row, complaints, close } = await opened("equal-offsets");
  assert.equal(await lights.innerText(), "8 checks", "nothing is looked at before the reader does something");
  await lights.click();
  await says(/hold/);
  assert.equal((await states()).includes("broken"), false, "nothing was lost yet");
  await player.playTo(20);
  await says(/of 8 broken/);
  assert.equal((await states())[0], "broken");
  const same = row("same offset, same data");
  assert.equal(await same.getAttribute("data-state"), "broken");
  const words = await same.innerText();
  assert.match(words, /have the same \(replid, offset\), \([0-9a-f]{4}…[0-9a-f]{2}, [\d,]+\), and different data/);
  assert.match(words, /digests [0-9a-f]{16} and [0-9a-f]{16}/);
  assert.equal(await row("nothing panics").getAttribute("data-state"), "holds");
  // The nodes and the time lead there.
  await same.locator('[data-role="breach-node"]', { hasText: "replica-1" }).click();
  const time = same.locator('[data-role="breach-time"]');
  const at = Number((await time.innerText()).match(/(\d+\.\d+)/)[1]);
  assert.ok(at > 8.4 && at < 20, `broken at ${at} s`);
  await time.click();
  await player.until(async () => Math.abs((await player.seconds()) - at) < 0.06, `second ${at}`);
  assert.equal(await same.getAttribute("data-state"), "broken", "here it broke");
  // Before it the light is green, and says what lies ahead.
  await player.part("scrubber").focus();
  for (let n = 0; n < 30 && (await player.seconds()) > 8.3; n += 1) await player.part("scrubber").press("ArrowDown");
  await player.until(async () => (await same.getAttribute("data-state")) === "holds", "a green light");
  assert.match(await same.innerText(), /breaks at /);
  assert.deepEqual(complaints, []);
  await close();
});

test("a healthy run has eight green lights", async () => {
  const { player, states, says, lights, row, complaints, close } = await opened("frozen-replica");
  await lights.click();
  // Told in steps, it would rest at each of them.
  await player.part("step-close").click();
  await player.playTo(29);
  await says(/^8 of 8 hold$/);
  assert.deepEqual(await states(), Array(8).fill("holds"));
  assert.equal(await player.part("check").count(), 8);
  for (const text of await player.part("check").allInnerTexts()) {
    const [name, state, meaning] = text.split("\n").filter((line) => line.trim() !== "");
    assert.match(state, /^holds, [\d,]+ times?$/, name);
    assert.ok(meaning.length > 30, `${name} means something`);
  }
  // Seen from the beginning nothing was refused yet.
  await player.part("scrubber").focus();
  await player.part("scrubber").press("Home");
  await player.until(async () => (await row("a refused write").getAttribute("data-state")) === "waits", "no refused write");
  assert.deepEqual(complaints, []);
  await close();
});

test("what is done in the past is checked anew", async () => {
  const { player, states, says, lights, complaints, close } = await opened("equal-offsets");
  await lights.click();
  await player.playTo(20);
  await says(/of 8 broken/);
  // Back before the loss, and over TCP: nothing is lost, and nothing breaks.
  await player.part("scrubber").focus();
  await player.part("scrubber").press("Home");
  await player.until(async () => (await player.seconds()) === 0, "the beginning");
  await player.element.evaluate((element) => {
    element.page.store.act({ do: "set_link", link: ["master", "replica-1"], transport: "tcp" });
  });
  await player.playTo(20);
  await says(/hold/);
  assert.equal((await states()).includes("broken"), false);
  assert.deepEqual(complaints, []);
  await close();
});

test("an engine that breaks shows in the lights, too", async () => {
  const { player, states, says, lights, row, close } = await opened("short-cut");
  await lights.click();
  await says(/hold/);
  await player.element.evaluate((element) => {
    element.page.store.playground.advance = () => {
      throw new WebAssembly.RuntimeError("unreachable");
    };
  });
  await player.part("play").click();
  await player.part("failure").waitFor();
  await says(/^1 of 8 broken$/);
  assert.equal((await states())[7], "broken");
  assert.match(await row("nothing panics").innerText(), /unreachable/);
  await close();
});
