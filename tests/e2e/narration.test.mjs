// Stories that are told in steps, on the page and in an embed: forth, back, by keys, with questions, and read aloud.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, URL_OF_PAGE } from "./browser.mjs";
import { openPlayer } from "./player.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const opened = (address, options) => openPlayer(browser, address, options);

const steps = async (id) => (await (await fetch(new URL(`scenarios/${id}.json`, URL_OF_PAGE))).json()).steps;

/** Waits until a step is shown and the run rests at its moment. */
async function at(player, index, all) {
  const { at_ms, title } = all[index];
  await player.until(async () => {
    const place = await player.part("step-place").textContent();
    return place.startsWith(`${index + 1} of ${all.length}`) && (await player.seconds()) === at_ms / 1000;
  }, `step ${index + 1}: ${title}`);
  assert.equal(await player.part("step-title").textContent(), title);
}

for (const address of ["index.html?scenario=silent-drop", "embed.html?scenario=silent-drop"]) {
  test(`a story is told in steps: ${address}`, async () => {
    const all = await steps("silent-drop");
    const { page, player, complaints, close } = await opened(address);
    await player.part("narration").waitFor();
    await at(player, 0, all);
    assert.equal(await player.part("step-text").textContent(), all[0].text);
    assert.equal(await player.part("start").isVisible(), false, "one beginning is enough");

    await player.speed(10);
    await player.part("step-next").click();
    await at(player, 1, all);
    assert.equal(await player.part("step-text").isVisible(), false, "the question comes first");
    assert.equal(await player.part("step-question").textContent(), all[1].question);
    await player.until(async () => (await player.part("announcer").textContent()).includes("Step 2 of 6"), "it is read aloud");
    assert.equal(await player.part("link-button").first().getAttribute("aria-pressed"), "true");
    await player.part("step-answer").click();
    assert.equal(await player.part("step-text").textContent(), all[1].text);

    await player.part("app").focus();
    await page.keyboard.press("n");
    await player.until(async () => (await player.part("play").getAttribute("aria-label")) === "Pause", "it plays there");
    await page.keyboard.press("n");
    await at(player, 2, all);
    await page.keyboard.press("Shift+N");
    await at(player, 1, all);
    assert.equal(await player.part("step-text").isVisible(), true, "an answer that was seen stays");

    await player.part("step-close").click();
    assert.equal(await player.part("narration").isVisible(), false);
    await player.play();
    await player.until(async () => (await player.seconds()) > all[2].at_ms / 1000 + 1, "it plays through the next step");
    assert.deepEqual(complaints, []);
    await close();
  });
}

test("with reduced motion a step is gone to at once, and a link shows its step", async () => {
  const all = await steps("lost-command");
  const options = { reducedMotion: "reduce", permissions: ["clipboard-read", "clipboard-write"] };
  const { page, player, complaints, close } = await opened("index.html?scenario=lost-command", options);
  for (let index = 0; index < all.length; index += 1) {
    await at(player, index, all);
    if (index + 1 < all.length) await player.part("step-next").click();
  }
  assert.equal(await player.part("step-next").isDisabled(), true);
  await player.part("step-back").click();
  await at(player, all.length - 2, all);
  await player.part("share").click();
  await player.until(async () => page.url().includes("#"), "the link");
  const other = await opened(page.url());
  await other.player.part("narration").waitFor();
  await at(other.player, all.length - 2, all);
  await other.close();
  assert.deepEqual(complaints, []);
  await close();
});

test("a story without steps loads nothing of them", async () => {
  const { requests, close } = await opened("index.html?scenario=short-cut");
  assert.equal(requests.some((url) => url.endsWith("views/narration.js")), false);
  await close();
});

test("a frame under way is chosen and lost", async () => {
  const { player, complaints, close } = await opened("index.html?scenario=lost-command");
  await player.part("narration").waitFor();
  await player.part("link-button").first().click();
  const rows = player.part("drop-frame");
  await player.until(async () => (await rows.count()) > 2, "frames under way");
  const name = await rows.nth(1).getAttribute("aria-label");
  const first = name.match(/bytes ([\d,]+)/)[1];
  await rows.nth(1).click();
  await player.until(async () => !(await rows.nth(1).isVisible()), "it is marked as lost");
  await player.part("step-close").click();
  await player.play();
  assert.match(await player.event("frame-lost"), new RegExp(`from byte ${first} on`));
  await player.event("loss-repaired");
  assert.deepEqual(complaints, []);
  await close();
});
