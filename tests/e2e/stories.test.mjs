// Every scenario of the catalogue is played to its end in the page, and tells what it promises.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, URL_OF_PAGE } from "./browser.mjs";
import { Player } from "./player.mjs";

/** Kinds of events that a scenario is about. One that is not listed only has to run. */
const PROMISES = {
  "short-cut": ["link-cut", "partial-accepted", "partial-resynced"],
  "long-cut": ["link-cut", "full-required", "full-resynced"],
  "frozen-replica": ["node-frozen", "good-replicas-changed", "writes-refused"],
  "lost-command": ["frame-lost", "loss-found", "loss-repaired"],
  "equal-offsets": ["frame-lost", "loss-found"],
  chain: ["replica-online"],
  promotion: ["role-changed", "replid-changed"],
};

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

test("every scenario plays to its end", async (t) => {
  const catalogue = await (await fetch(new URL("scenarios/index.json", URL_OF_PAGE))).json();
  assert.ok(catalogue.length >= 6, `${catalogue.length} scenarios`);
  for (const { id } of catalogue) {
    await t.test(id, async () => {
      const scenario = await (await fetch(new URL(`scenarios/${id}.json`, URL_OF_PAGE))).json();
      const { page, complaints, close } = await open(browser, `index.html?scenario=${id}`);
      const player = new Player(page);
      await player.ready();
      await player.speed(60);
      const end = (scenario.duration_ms ?? 60_000) / 1000;
      // A story that is told rests at each of its steps.
      for (let rests = 0; rests <= (scenario.steps?.length ?? 0); rests += 1) {
        if ((await player.seconds()) < end - 1) await player.part("play").click();
        await player.until(async () => (await player.part("play").getAttribute("aria-label")) === "Play", `the rest of ${id}`);
      }
      assert.ok((await player.seconds()) >= end - 1, `second ${end} of ${id}`);
      const kinds = (await player.events()).map((event) => event.kind);
      for (const kind of PROMISES[id] ?? []) assert.ok(kinds.includes(kind), `${kind} is missing: ${kinds.join(" ")}`);
      assert.deepEqual(complaints, []);
      await close();
    });
  }
});
