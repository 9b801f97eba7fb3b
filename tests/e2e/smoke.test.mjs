// The page in a real browser. `cargo xtask test e2e` builds and serves it and runs this; by hand, with the page served:
// PSYNC_URL=http://127.0.0.1:7379/ node --test tests/e2e/smoke.test.mjs

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

test("the page opens with an empty console", async (t) => {
  const response = await fetch(new URL("index.html", process.env.PSYNC_URL));
  if (!response.ok) {
    return t.skip("there is no page yet");
  }
  const { page, complaints, close } = await open(browser, "index.html");
  await page.waitForSelector("psync-playground:defined");
  assert.deepEqual(complaints, []);
  await close();
});
