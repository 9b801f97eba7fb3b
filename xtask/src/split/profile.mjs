// Opens the first story of the catalogue at its opening moment and plays on a little, as the page does until the rest has
// come for somebody who begins to do something, on a module that tells which pieces of it are entered. Prints their places.

import { readFileSync } from "node:fs";

const [folder, story] = process.argv.slice(2);
/** So far beyond the opening moment. */
const BEYOND_MS = 4000;
const entered = new Set();
globalThis.entered = (place) => entered.add(place);

const engine = await import(`${folder}/glue.mjs`);
engine.initSync({ module: readFileSync(`${folder}/psync_playground_bg.wasm`) });
engine.layout();
const file = new URL(`../../../www/scenarios/${story}.json`, import.meta.url);
const run = new engine.Playground(JSON.parse(readFileSync(file, "utf8")));
const { pause_at_ms, nodes, links } = run.labels();
for (let ms = 0; ms <= pause_at_ms + BEYOND_MS; ms += 100) {
  look(run, nodes.length, links.length);
  run.advance(100, Infinity);
}
run.free();
console.log([...entered].join("\n"));

/** What the page asks for while it plays. */
function look(run, nodes, links) {
  run.revision();
  run.verdict();
  run.node_rows();
  run.link_rows();
  run.ruler();
  run.writes();
  run.events(0, 1000);
  for (let node = 0; node < nodes; node += 1) {
    run.inspect_node(node);
    run.info(node, "replication");
  }
  for (let link = 0; link < links; link += 1) run.frames(link);
  run.place();
  run.now_ms();
  run.frame();
}
