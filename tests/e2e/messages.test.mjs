// The space-time diagram: what links carried as lines, one of them inspected, and both ways to save it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { launch, open, picture } from "./browser.mjs";
import { openPlayer, Player } from "./player.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** Opens the diagram of a scenario. */
async function opened(scenario, options) {
  const { page, player, complaints, requests, close } = await openPlayer(browser, `index.html?scenario=${scenario}`, options);
  assert.equal(requests.some((url) => url.endsWith("views/messages.js")), false, "loaded when it is asked for");
  await player.part("app").focus();
  await page.keyboard.press("m");
  await player.part("messages-plane").waitFor();
  return { page, player, complaints, close };
}

/** What the inspector says of the selected message: labels and values, and lines of text. */
async function inspected(player) {
  const panel = player.part("message");
  const rows = await panel.locator("tr").evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
  const value = (label) => rows.find((row) => row[0] === label)?.[1];
  return { rows, value, says: await panel.locator(".says-code pre:visible").allInnerTexts() };
}

/** Steps back from message to message until one is of a kind. */
async function find(page, player, what) {
  const words = player.part("messages-words");
  await player.part("messages-plane").focus();
  for (let n = 0; n < 150; n += 1) {
    await page.keyboard.press("ArrowLeft");
    if (what.test(await words.innerText())) return;
  }
  assert.fail(`no message like ${what}`);
}

const number = (text) => Number(text.replaceAll(",", ""));

test("a message is found by keys, and its command, bytes and offsets are told", async () => {
  const { page, player, complaints, close } = await opened("long-cut");
  await find(page, player, /master → replica-2, stream: SET key:/);
  const first = await inspected(player);
  const [from, to] = first.value("stream bytes").split(" to ").map(number);
  assert.equal(number(first.value("size").replace(" bytes", "")), to - from + 1);
  assert.equal(first.value("master"), `master_repl_offset ${(from - 1).toLocaleString("en-US")} → ${to.toLocaleString("en-US")}`);
  assert.match(first.says[0], /^SET key:\d+ \w+… \(1,000 bytes\)$/);
  assert.match(await player.part("message-bytes").innerText(), /^0000 {2}2a 33 0d 0a 24 33 0d 0a 53 45 54 .* \*3··\$3··SET/);
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.querySelector("psync-playground").shadowRoot.activeElement.id), "panel-message");
  await close();
  assert.deepEqual(complaints, []);
});

test("a moment that is sought shows the message with what it did", async () => {
  const { page, player, complaints, close } = await opened("long-cut");
  await player.part("messages-clients").uncheck();
  await find(page, player, /replica-2 → master, ack: REPLCONF ACK \d+/);
  const before = await inspected(player);
  const arrival = Number(before.value("arrived").match(/^[\d.]+/)[0]);
  const acked = before.value("master");
  assert.match(acked, /^ack_offset of replica-2 [\d,]+ → [\d,]+ at [\d.]+ s$/);
  assert.match(acked, new RegExp(`→ ${number(before.says[0].match(/\d+$/)[0]).toLocaleString("en-US")} at`));
  await player.part("message-sent").click();
  await player.until(async () => (await inspected(player)).value("arrives") !== undefined, "it is on its way again");
  assert.ok((await player.seconds()) < arrival);
  await player.part("message-arrival").click();
  await player.until(async () => (await inspected(player)).value("arrived") !== undefined, "it arrived again");
  assert.deepEqual((await inspected(player)).rows, before.rows);
  await page.keyboard.press("m");
  await player.part("topology").waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test("what a cut took away is told lost", async () => {
  const { page, player, complaints, close } = await opened("short-cut");
  // Back to the cut.
  await player.part("back-cause").click();
  assert.equal(await player.seconds(), 8);
  await player.part("window-1000").click();
  await player.part("messages-clients").uncheck();
  await player.part("messages-plane").focus();
  for (let n = 0; n < 80; n += 1) {
    await page.keyboard.press("ArrowLeft");
    if ((await inspected(player)).value("lost")) break;
  }
  const { rows, value } = await inspected(player);
  assert.ok(value("lost"), JSON.stringify(rows));
  assert.ok(rows.some((row) => row[1] === "nothing: it never arrived"));
  await picture(page, "messages-lost");
  assert.deepEqual(complaints, []);
  await close();
});

for (const colorScheme of ["light", "dark"]) {
  for (const [width, height] of [[1280, 800], [720, 900], [360, 780]]) {
    test(`the diagram in ${colorScheme} at ${width} px`, async () => {
      const { page, player, complaints, close } = await opened("long-cut", { viewport: { width, height }, colorScheme });
      await find(page, player, /stream: SET/);
      await picture(page, `messages-${width}-${colorScheme}`, { fullPage: width < 1000 });
      await page.evaluate(AXE);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      assert.deepEqual(violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target}: ${node.failureSummary}`)), []);
      const [wide, tall] = await page.evaluate(() => {
        const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
        return [scrollWidth - clientWidth, scrollHeight - clientHeight];
      });
      assert.equal(wide, 0, "the page scrolls sideways");
      if (width >= 1280) assert.equal(tall, 0, "the page scrolls");
      assert.deepEqual(complaints, []);
      await close();
    });
  }
}

/** Saves the run as what is named; returns the file's text. */
async function saved(page, player, what) {
  const [download] = await Promise.all([page.waitForEvent("download"), player.part(`export-${what}`).click()]);
  await player.until(async () => (await player.part("export-state").innerText()).startsWith("Saved as"), "the file");
  return readFileSync(await download.path(), "utf8");
}

test("the diagram is saved as SVG, open or closed", async () => {
  const { page, player, complaints, close } = await opened("steady-heartbeats", { acceptDownloads: true });
  await page.keyboard.press("e");
  // A page of its own: this one takes no markup.
  const reader = await page.context().newPage();
  const parse = (text) => {
    const svg = new DOMParser().parseFromString(text, "image/svg+xml");
    const texts = [...svg.querySelectorAll("text")].map((each) => each.textContent);
    const lines = [...svg.querySelectorAll("path[stroke]")].map((path) => path.getAttribute("d").split("M").length - 1);
    return { broken: svg.querySelector("parsererror")?.textContent ?? "", texts, lines: lines.reduce((sum, more) => sum + more, 0) };
  };
  const seen = await reader.evaluate(parse, await saved(page, player, "diagram"));
  assert.equal(seen.broken, "");
  assert.ok(seen.texts.includes("master") && seen.texts.includes("replica-1"), seen.texts.join());
  assert.ok(seen.lines > 20, `${seen.lines} lines`);
  await page.keyboard.press("Escape");
  await player.part("messages-close").click();
  await player.part("export").click();
  const closed = await reader.evaluate(parse, await saved(page, player, "diagram"));
  assert.equal(closed.broken, "");
  // Another width has other ticks.
  const names = ({ texts }) => texts.filter((text) => !text.endsWith(" s")).sort();
  assert.deepEqual(names(closed), names(seen));
  assert.deepEqual(complaints, []);
  await close();
});

test("a log for ShiViz has sound vector clocks", async () => {
  const { page, player, complaints, close } = await opened("short-cut", { acceptDownloads: true });
  await page.keyboard.press("e");
  const [pattern, empty, ...rest] = (await saved(page, player, "shiviz")).split("\n");
  assert.equal(empty, "");
  const steps = [...rest.join("\n").matchAll(new RegExp(pattern, "g"))].map(({ groups }) => ({ ...groups, clock: JSON.parse(groups.clock) }));
  assert.equal(steps.length, Math.floor(rest.length / 2));
  assert.ok(steps.length > 500, `${steps.length} steps`);
  /** The last clock of each host. */
  const last = {};
  const times = new Map();
  for (const { event, host, clock } of steps) {
    assert.equal(clock[host], (last[host]?.[host] ?? 0) + 1, "a host counts its own steps");
    for (const [other, known] of Object.entries(last[host] ?? {})) assert.ok(clock[other] >= known, "nothing is forgotten");
    const time = parseFloat(event);
    times.set(`${host} ${clock[host]}`, time);
    for (const [other, known] of Object.entries(clock)) {
      const then = times.get(`${other} ${known}`);
      assert.ok(then !== undefined && then <= time, `${host} knows at ${time} s of step ${known} of ${other}`);
    }
    last[host] = clock;
  }
  assert.deepEqual(Object.keys(last).sort(), ["app", "master", "replica-1", "replica-2"].filter((name) => name in last));
  assert.ok(last.master["replica-1"] > 3 && last["replica-1"].master > 10);
  assert.deepEqual(complaints, []);
  await close();
});

test("two runs stand one above the other in the diagram", async () => {
  const { player, complaints, close } = await opened("short-cut");
  await player.part("app").focus();
  await player.part("app").press("b");
  await player.part("app").press("x");
  await player.part("difference").waitFor();
  const words = player.part("messages-words");
  await player.until(async () => /Below: the first run, [\d,]+ messages/.test(await words.innerText()), "the first run below");
  await player.part("run-first").click();
  await player.until(async () => /Below: the second run/.test(await words.innerText()), "the second run below");
  await player.part("join").click();
  await player.until(async () => !/Below/.test(await words.innerText()), "one run");
  assert.deepEqual(complaints, []);
  await close();
});

test("over TCP a segment can be lost, and is sent again", async () => {
  const { page, complaints, close } = await open(browser, "index.html?scenario=steady-heartbeats");
  const player = new Player(page);
  await player.ready();
  await player.part("link-button").first().click();
  const lose = player.part("drop-next");
  assert.equal(await lose.innerText(), "Lose a segment");
  await lose.click();
  assert.match(await player.part("notice").innerText(), /TCP sends it again, and everything behind it waits/);
  await player.part("beats").check();
  await player.playTo((await player.seconds()) + 2);
  assert.match(await player.event("segment-lost"), /a segment of \d+ bytes was lost; everything behind it waits/);
  assert.deepEqual(complaints, []);
  await close();
});
