// How the page looks and how it is for those who do not see it: accessibility rules, widths, pictures for looking at in
// target/screenshots/.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { launch, open, picture } from "./browser.mjs";
import { Player } from "./player.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [
  { width: 1280, height: 800 },
  { width: 720, height: 900 },
  { width: 360, height: 780 },
];

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** What axe finds wrong, one line a place. */
async function violations(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.flat().join(" ")}: ${node.failureSummary}`));
}

for (const colorScheme of ["light", "dark"]) {
  for (const viewport of WIDTHS) {
    test(`${colorScheme} at ${viewport.width} px`, async () => {
      const { page, complaints, close } = await open(browser, "index.html?scenario=long-cut", { viewport, colorScheme });
      const player = new Player(page);
      await player.ready();
      const name = `${viewport.width}-${colorScheme}`;
      await picture(page, `${name}-opening`);
      assert.deepEqual(await violations(page), []);
      await player.speed(5);
      await player.play();
      await player.event("link-cut");
      await page.waitForTimeout(1500);
      await player.part("play").click();
      await picture(page, `${name}-cut`, { fullPage: viewport.width < 1000 });
      assert.deepEqual(await violations(page), []);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(wide, 0, "the page scrolls sideways");
      assert.deepEqual(complaints, []);
      await close();
    });
  }
}

test("nothing sticks out at 320 px", async () => {
  const { page, close } = await open(browser, "index.html", { viewport: { width: 320, height: 640 } });
  await new Player(page).ready();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0);
  await picture(page, "320-light", { fullPage: true });
  await close();
});

test("each tab is accessible", async () => {
  const { page, close } = await open(browser, "index.html?scenario=steady-heartbeats");
  const player = new Player(page);
  await player.ready();
  for (const tab of ["inspector", "console", "settings", "writes", "checks"]) {
    await player.part(`tab-${tab}`).click();
    assert.deepEqual(await violations(page), [], tab);
    await picture(page, `tab-${tab}`);
  }
  await close();
});

for (const [colorScheme, viewport] of [["light", WIDTHS[0]], ["dark", WIDTHS[2]]]) {
  test(`a told story, its twin and the dialogs are accessible: ${colorScheme} at ${viewport.width} px`, async () => {
    const { page, complaints, close } = await open(browser, "index.html?scenario=lost-command", { viewport, colorScheme, reducedMotion: "reduce" });
    const player = new Player(page);
    await player.ready();
    const name = `${viewport.width}-${colorScheme}`;
    await player.part("step-next").click();
    await player.part("step-answer").waitFor();
    assert.deepEqual(await violations(page), [], "a question");
    await player.part("step-answer").click();
    await player.part("link-button").first().click();
    await player.part("tcp-twin").click();
    await player.part("difference").waitFor();
    await player.part("frames").waitFor();
    assert.deepEqual(await violations(page), [], "a twin");
    await picture(page, `${name}-twin`, { fullPage: viewport.width < 1000 });
    for (const [key, dialog] of [["t", "twin-dialog"], ["e", "export-dialog"]]) {
      await player.part("app").focus();
      await page.keyboard.press(key);
      await player.part(dialog).waitFor();
      assert.deepEqual(await violations(page), [], dialog);
      await picture(page, `${name}-${dialog}`);
      await page.keyboard.press("Escape");
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0, "the page scrolls sideways");
    assert.deepEqual(complaints, []);
    await close();
  });
}

test("embed.html and a foreign page are accessible", async () => {
  for (const [address, name] of [["embed.html?scenario=short-cut", "embed"], ["example.html", "example"]]) {
    const { page, close } = await open(browser, address, { viewport: { width: 720, height: 900 } });
    await new Player(page).ready();
    await picture(page, name, { fullPage: true });
    assert.deepEqual(await violations(page), []);
    await close();
  }
});
