// A link that `psync swarm` prints opens in the page: PSYNC_SWARM_LINK is the one of seed 3.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { decodeMoment } from "../../www/js/state/link.js";
import { launch, open } from "./browser.mjs";
import { Player } from "./player.mjs";

const LINK = process.env.PSYNC_SWARM_LINK;
const NO_LINK = "PSYNC_SWARM_LINK holds no link; cargo xtask test e2e makes one";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

test("the page's own reader reads the link", async (t) => {
  if (LINK === undefined) return t.skip(NO_LINK);
  const { scenario, moment } = await decodeMoment(new URL(LINK).hash.slice(1));
  assert.equal(scenario.title, "Swarm 3");
  assert.equal(moment.place[0], 0);
});

test("the page opens the link", async (t) => {
  if (LINK === undefined) return t.skip(NO_LINK);
  const { page, complaints, close } = await open(browser, new URL(LINK).hash);
  const player = new Player(page);
  await player.ready();
  assert.match(await player.part("app").innerText(), /Swarm 3/);
  assert.deepEqual(complaints, []);
  await close();
});
