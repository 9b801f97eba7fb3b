// Firefox for tests that need no hands: a page of one function, served from here, whose result it sends back. So it needs
// no driver.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";

/** How long the browser may take to start and to answer, in wall time. */
const PATIENCE_MS = 300_000;
const FIREFOX = ["/usr/bin/firefox-esr", "/usr/bin/firefox"];
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };
/** The built module. */
const MODULE = new URL("../../www/pkg/", import.meta.url);

/** Calls a function in Firefox with an argument; both travel as text, and so does the result. */
export async function inFirefox(work, argument) {
  const program = process.env.FIREFOX ?? FIREFOX.find((path) => existsSync(path));
  if (program === undefined) throw new Error(`no Firefox: expected one of ${FIREFOX.join(", ")}, or its path in FIREFOX`);
  let tell;
  const told = new Promise((resolve) => (tell = resolve));
  const script = `const argument = await (await fetch("/argument.json")).json();
    const send = (result) => fetch("/result", { method: "POST", body: JSON.stringify(result) });
    (${work})(argument).then((value) => send({ value }), (error) => send({ error: String(error) }));`;
  const parts = {
    "/": ["text/html", '<!doctype html><title>work</title><script type="module" src="/work.js"></script>'],
    "/work.js": ["text/javascript", script],
    "/argument.json": ["application/json", JSON.stringify(argument)],
  };
  const server = createServer(async (request, response) => {
    if (request.method === "POST") {
      const bytes = [];
      for await (const piece of request) bytes.push(piece);
      response.end();
      return tell(JSON.parse(Buffer.concat(bytes).toString()));
    }
    const [type, body] = parts[request.url] ?? file(request.url) ?? [];
    response.writeHead(type === undefined ? 404 : 200, { "Content-Type": type ?? "text/plain" }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const profile = mkdtempSync(join(tmpdir(), "psync-firefox-"));
  const address = `http://127.0.0.1:${server.address().port}/`;
  const browser = spawn(program, ["--headless", "--no-remote", "--profile", profile, address], {
    stdio: "ignore",
    env: { ...process.env, HOME: profile },
  });
  const gone = new Promise((resolve) => browser.once("exit", resolve));
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
  try {
    const result = await Promise.race([told, gone, late]);
    if (typeof result !== "object" || result === null) throw new Error("Firefox ended, or did not answer in time");
    if (result.error !== undefined) throw new Error(`in Firefox: ${result.error}`);
    return result.value;
  } finally {
    clearTimeout(timer);
    browser.kill();
    await gone;
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A file of the module. */
function file(url) {
  const [, name] = /^\/pkg\/([\w.]+)$/.exec(url) ?? [];
  if (name === undefined || !existsSync(new URL(name, MODULE))) return undefined;
  return [TYPES[extname(name)] ?? "text/plain", readFileSync(new URL(name, MODULE))];
}
