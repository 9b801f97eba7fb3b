// Plays every story of the catalogue on the published module and on the whole one, does on both what a reader can do, and
// compares all that they show. The published one loads its rest in the middle of a call.

import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";

const [published, whole] = process.argv.slice(2);
const stories = new URL("../../../www/scenarios/", import.meta.url);
const MODULE = "psync_playground_bg.wasm";
const FAULTS = [
  { do: "cut" }, { do: "heal" }, { do: "reset" }, { do: "silence" }, { do: "heal" },
  { do: "set_link", latency_ms: 90, jitter_ms: 40, bandwidth_bytes_per_s: 100000, loss_ppm: 50000 },
];
const LINES = [
  "PING", "SET a 1 EX 100", "GET a", "INCR a", "APPEND a xyz", "LPUSH l 1 2 3", "LRANGE l 0 -1", "LPUSH a 1", "nonsense", "SET",
  "MULTI", "SET b 2", "INCR l", "EXEC", "GETRANGE a 0 1", "SETRANGE a 5 z", "EXPIRE a 1", "TTL a", "DBSIZE", "SELECT 3", "SET c 3", "SELECT 99",
  "INFO", "INFO replication", "ROLE", "CONFIG GET *", "CONFIG SET repl-backlog-size 20kb", "CONFIG SET hz nonsense", "CLIENT LIST",
  "WAIT 1 100", "WATCH a", "KEYS *", "SCAN 0", "OBJECT ENCODING l", "RENAME a d", "COPY d e", "LPOP l 2", "DEL d e", "RANDOMKEY", "HELLO 2",
  "DEBUG SLEEP 0.1", "REPLCONF ACK 7", "PSYNC ? -1", "FAILOVER", "FLUSHALL", "BGSAVE", "LASTSAVE", "\"unbalanced", "REPLICAOF NO ONE", "SHUTDOWN NOSAVE",
];

// What the glue asks for its rest with, in the middle of a call.
globalThis.XMLHttpRequest = class {
  open(_method, address) {
    this.address = address;
  }
  overrideMimeType() {}
  send() {
    this.responseText = readFileSync(new URL(this.address)).toString("latin1");
    this.status = 200;
  }
};

const glues = await Promise.all([published, whole].map((folder) => import(`${folder}/psync_playground.js`)));
[published, whole].forEach((folder, place) => glues[place].initSync({ module: readFileSync(`${folder}/${MODULE}`) }));
let compared = 0;
for (const { id } of read("index")) {
  const runs = glues.map((glue) => new glue.Playground(read(id)));
  const { duration_ms, nodes, links } = both(runs, (run) => run.labels());
  const look = () => both(runs, (run) => shown(run, nodes.length, links.length));
  for (let ms = 0; ms <= duration_ms; ms += 500) {
    both(runs, (run) => run.advance(500, Infinity));
    look();
  }
  both(runs, (run) => [run.no_returns(Infinity), run.fates(Infinity), [...run.messages(0)], run.step_back(true), run.step_back(false), run.step(true)]);
  both(runs, (run) => run.go(4e9, 0, 1000));
  for (const [step, fault] of FAULTS.entries()) {
    const between = [nodes[step % nodes.length], nodes[(step + 1) % nodes.length]].map((node) => node.name ?? node);
    both(runs, (run) => run.action({ ...fault, between }));
    both(runs, (run) => run.advance(1700, Infinity));
    look();
  }
  for (const [step, line] of LINES.entries()) {
    both(runs, (run) => run.console(step % nodes.length, line));
    both(runs, (run) => run.advance(130, Infinity));
    both(runs, (run) => run.console_output(step % nodes.length, 0));
  }
  look();
  const forks = runs.map((run) => run.fork());
  both(forks, (run) => [run.advance(9000, Infinity), run.digest()]);
  both(runs, (run) => [...run.messages(0)]);
  look();
  [...runs, ...forks].forEach((run) => run.free());
}
console.log(`the published module shows what the whole one shows: ${compared} answers compared`);

/** What both answer, or both refuse. */
function both(runs, ask) {
  const [first, second] = runs.map((run) => {
    try {
      return ask(run);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      return { refused: String(error) };
    }
  });
  assert.deepEqual(first, second);
  compared += 1;
  return first;
}

/** A scenario file. */
function read(name) {
  return JSON.parse(readFileSync(new URL(`${name}.json`, stories), "utf8"));
}

function shown(run, nodes, links) {
  const each = (count, ask) => Array.from({ length: count }, (_, place) => ask(place));
  return [
    run.digest(), run.revision(), run.verdict(), run.node_rows(), run.link_rows(), run.ruler(), run.writes(), run.events(0, 1000), [...run.place()], run.now_ms(),
    [...run.frame()], run.trace(0, 1000), each(nodes, (node) => [run.inspect_node(node), run.info(node, "all"), run.config(node)]),
    each(links, (link) => [run.inspect_link(link), run.frames(link)]),
  ];
}
