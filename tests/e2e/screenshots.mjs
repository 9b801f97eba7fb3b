// The picture of the README, taken again with `cargo xtask screenshot`: a run at rest, so that it is the same each time.

import { launch, open, picture } from "./browser.mjs";
import { Player } from "./player.mjs";

const browser = await launch();
const { page } = await open(browser, "index.html?scenario=long-cut", { viewport: { width: 1280, height: 800 } });
const player = new Player(page);
await player.ready();
await page.waitForTimeout(500);
await picture(page, "readme", { path: new URL("../../docs/screenshot.png", import.meta.url).pathname });
await browser.close();
console.log("docs/screenshot.png");
