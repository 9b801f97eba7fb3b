// Opens every story of the catalogue and plays it to its end, as the page does, on a module that tells which functions are
// entered. Prints their places.

import { readFileSync } from "node:fs";

const [folder] = process.argv.slice(2);
const stories = new URL("../../../www/scenarios/", import.meta.url);
const entered = new Set();
globalThis.entered = (place) => entered.add(place);

const engine = await import(`${folder}/glue.mjs`);
engine.initSync({ module: readFileSync(`${folder}/psync_playground_bg.wasm`) });
engine.directives();
engine.layout();
for (const { id } of read("index")) {
  const run = new engine.Playground(read(id));
  const { duration_ms, nodes, links } = run.labels();
  for (let ms = 0; ms <= duration_ms; ms += 100) {
    look(run, nodes.length, links.length);
    run.advance(100, Infinity);
  }
  run.free();
}
console.log([...entered].join("\n"));

/** A scenario file. */
function read(name) {
  return JSON.parse(readFileSync(new URL(`${name}.json`, stories), "utf8"));
}

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
  for (let link = 0; link < links; link += 1) {
    run.inspect_link(link);
    run.frames(link);
  }
  run.place();
  run.now_ms();
  run.frame();
}
