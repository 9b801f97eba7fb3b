// Time is a thing you hold: back, forth, scrubbed, rewound and gone on from, and sent to others as a link.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, URL_OF_PAGE } from "./browser.mjs";
import { openPlayer } from "./player.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** Everything about the moment that a person can read. */
async function moment(player) {
  const texts = await Promise.all(["clock", "headline", "info"].map((role) => player.part(role).innerText()));
  return [...texts, ...(await player.events()).map((event) => event.text)].join("\n");
}

const opened = (address, options) => openPlayer(browser, address, options);

test("steps back undo steps, by buttons and by keys", async () => {
  const { page, player, complaints, close } = await opened("index.html?scenario=long-cut");
  await player.playTo(12);
  for (const [forth, back] of [["step-cause", "back-cause"], ["step", "back"]]) {
    const seen = [];
    await player.part(forth).click();
    for (let n = 0; n < 3; n += 1) {
      seen.push(await moment(player));
      await player.part(forth).click();
    }
    while (seen.length > 0) {
      await player.part(back).click();
      assert.equal(await moment(player), seen.pop());
    }
  }
  const here = await player.seconds();
  await player.part("app").focus();
  await page.keyboard.press("Shift+ArrowLeft");
  const cause = await player.seconds();
  assert.ok(cause < here, `${cause} s is before ${here} s`);
  await page.keyboard.press("Shift+ArrowRight");
  assert.ok((await player.seconds()) > cause);
  await page.keyboard.press("Home");
  assert.equal(await player.seconds(), 0);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await player.seconds(), 0);
  await page.keyboard.press("End");
  assert.ok((await player.seconds()) > 12);
  assert.deepEqual(complaints, []);
  await close();
});

test("the strip is a scrubber: what is recorded stays until something else is done", async () => {
  const { page, player, complaints, close } = await opened("index.html?scenario=long-cut");
  await player.playTo(20);
  const end = await player.seconds();
  const causes = (await player.events()).length;
  const slider = player.part("scrubber");
  const now = async () => Number(await slider.getAttribute("aria-valuenow"));
  const recorded = async () => (await slider.getAttribute("aria-valuetext")).includes("recorded to");
  const box = await player.part("time").boundingBox();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 80);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.2, box.y + 80, { steps: 5 });
  await page.mouse.up();
  // The moment follows the pointer, and may still be on its way.
  await player.until(async () => {
    const moment = await now();
    await page.waitForTimeout(300);
    return moment < end - 3 && moment === (await now());
  }, "the drag moved the moment back");
  assert.ok(await recorded());
  assert.ok((await player.events()).length < causes, "later events have not happened yet");

  // Keys of a slider, and the end as it was.
  await slider.focus();
  const dragged = await now();
  await page.keyboard.press("ArrowUp");
  await player.until(async () => Math.abs((await now()) - dragged - 1) < 0.01, "one second on");
  await page.keyboard.press("PageDown");
  await player.until(async () => (await now()) < dragged, "ten seconds back");
  await page.keyboard.press("End");
  await player.until(async () => !(await recorded()), "the end");
  assert.equal(await player.seconds(), end);
  assert.equal((await player.events()).length, causes);

  // Rewind, play the recorded future again, and carry on.
  await page.keyboard.press("PageDown");
  await player.until(recorded, "ten seconds back");
  await player.part("play").click();
  await player.until(async () => (await player.seconds()) > end, "carried on");
  await player.pause();

  // Something else is done in the past.
  await slider.focus();
  await page.keyboard.press("PageDown");
  await player.until(recorded, "ten seconds back");
  await player.part("app").focus();
  await page.keyboard.press("w");
  await player.until(async () => !(await recorded()), "the recorded future is replaced");
  assert.ok((await player.seconds()) < end);
  assert.deepEqual(complaints, []);
  await close();
});

test("the strip is touched, and a click far ahead computes the way there", async () => {
  const phone = { viewport: { width: 360, height: 780 }, hasTouch: true };
  const { page, player, complaints, close } = await opened("index.html?scenario=steady-heartbeats", phone);
  await player.part("time").scrollIntoViewIfNeeded();
  const box = await player.part("time").boundingBox();
  const start = await player.seconds();
  await page.touchscreen.tap(box.x + box.width * 0.9, box.y + 120);
  await player.until(async () => (await player.seconds()) > start + 5, "the tapped moment");
  const there = await player.seconds();
  await page.touchscreen.tap(box.x + box.width * 0.5, box.y + 120);
  await player.until(async () => (await player.seconds()) < there, "back again");
  assert.deepEqual(complaints, []);
  await close();
});

test("keys do nothing while the player has no focus", async () => {
  const { page, player, close } = await opened("index.html?scenario=steady-heartbeats");
  const before = await moment(player);
  for (const key of ["Home", "ArrowLeft", "ArrowRight", "Space", "w", "s", "b", "1"]) await page.keyboard.press(key);
  assert.equal(await moment(player), before);
  await close();
});

test("a fork goes on beside the first run, and the first difference is told", async () => {
  const { page, player, complaints, close } = await opened("index.html?scenario=steady-heartbeats");
  await player.playTo(12);
  await player.part("app").focus();
  await page.keyboard.press("PageDown");
  await page.keyboard.press("Shift+ArrowLeft");
  await page.keyboard.press("b");
  await player.part("difference").waitFor();
  const forked = await player.seconds();
  const past = await moment(player);
  assert.match(await player.part("difference").innerText(), /so far nothing differs/);
  await page.keyboard.press("2");
  await page.keyboard.press("x");
  await player.playTo(forked + 3);
  assert.match(await player.part("difference").innerText(), /first differ at .*in the second run .*cut/);
  const cut = await moment(player);
  await player.part("run-first").click();
  await player.until(async () => (await player.part("run-first").getAttribute("aria-pressed")) === "true", "the first run");
  const first = await moment(player);
  assert.notEqual(first, cut);
  assert.equal((await player.events()).some((event) => event.kind === "link-cut"), false);
  await player.part("run-second").click();
  assert.equal(await moment(player), cut);
  await player.part("join").click();
  assert.equal(await player.part("difference").isVisible(), false);
  assert.equal(await moment(player), cut);
  assert.notEqual(past, cut);
  assert.deepEqual(complaints, []);
  await close();
});

test("a link opens the very moment, with what was done", async () => {
  const grants = { permissions: ["clipboard-read", "clipboard-write"] };
  const { page, player, complaints, close } = await opened("index.html?scenario=short-cut", grants);
  await player.part("app").focus();
  await page.keyboard.press("2");
  await page.keyboard.press("z");
  await player.playTo(14);
  await player.part("app").focus();
  await page.keyboard.press("w");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+ArrowLeft");
  await page.keyboard.press("s");
  await player.until(async () => (await player.part("notice").innerText()).includes("Copied"), "the copied link");
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(link.length < 1500, `${link.length} characters`);
  assert.equal(page.url().split("#")[1], link.split("#")[1]);
  const expected = await moment(player);
  const code = link.split("#")[1];
  for (const address of [link, `embed.html#${code}`]) {
    const other = await opened(address);
    assert.equal(await moment(other.player), expected, address);
    assert.equal(await other.player.part("node-button").nth(1).getAttribute("aria-pressed"), "true");
    assert.match(await other.player.part("scrubber").getAttribute("aria-valuetext"), /recorded to/);
    assert.deepEqual(other.complaints, []);
    await other.close();
  }
  const body = `<!doctype html><html lang="en"><title>Ours</title><link rel="icon" href="data:,">
    <script type="module" src="/js/define.js"></script><psync-playground moment="${code}"></psync-playground>`;
  const serve = (foreign) => foreign.route("**/ours.html", (route) => route.fulfill({ contentType: "text/html", body }));
  const embedded = await opened("docs/ours.html", { before: serve });
  assert.equal(await moment(embedded.player), expected);
  await embedded.close();
  assert.deepEqual(complaints, []);
  await close();
});

test("links of the built-in scenarios are short, also with the reader's own changes", async () => {
  const catalogue = await (await fetch(new URL("scenarios/index.json", URL_OF_PAGE))).json();
  const { page, player, close } = await opened("index.html");
  for (const { id } of catalogue) {
    const text = await (await fetch(new URL(`scenarios/${id}.json`, URL_OF_PAGE))).text();
    await player.part("edit").click();
    await player.part("scenario-text").fill(text);
    await player.part("run-scenario").click();
    await player.part("scenario-dialog").waitFor({ state: "hidden" });
    await player.ready();
    await player.part("app").focus();
    for (const key of ["w", "x", "Shift+ArrowRight", "x", "2", "z"]) await page.keyboard.press(key);
    const before = page.url();
    await player.part("share").click();
    await player.until(() => page.url() !== before, "the link");
    assert.ok(page.url().length < 1500, `${id}: ${page.url().length} characters`);
  }
  await close();
});

test("a link that cannot be followed is explained, and another run shown", async () => {
  const huge = "1.7cEBAQAAAICQ_q_uCAoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  const { page, player, complaints, close } = await opened(`index.html#1.q1Yqdamaged`);
  assert.match(await player.part("notice").innerText(), /could not be followed.*damaged/);
  assert.ok((await player.events()).length > 0);
  for (const [code, why] of [
    ["7.q1YqVrJ", /version 7/],
    ["nonsense", /no link to a moment/],
    [huge, /could not be followed/],
    ["1.q1ZKUrJSqlUqUbIyqAUA", /could not be followed/],
  ]) {
    await page.goto(new URL(`index.html#${code}`, URL_OF_PAGE).href);
    await player.until(async () => why.test(await player.part("notice").innerText()), `${code} is explained`);
  }
  assert.deepEqual(complaints, []);
  await close();
});
