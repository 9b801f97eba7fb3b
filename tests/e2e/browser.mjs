// Chromium for the tests of the page: how it is started, and what a page complained about while it was open.

import { existsSync, mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

/** Address of the served page; `cargo xtask test` and `cargo xtask play` print or set it. */
export const URL_OF_PAGE = process.env.PSYNC_URL ?? "http://127.0.0.1:7379/";

/** Where pictures are put for looking at. */
export const PICTURES = new URL("../../target/screenshots/", import.meta.url).pathname;

/** Browsers in the order of preference; the first is Debian's. */
const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Starts a browser. As root it needs to do without its sandbox; it opens nothing but our own page. */
export function launch() {
  const executablePath = process.env.CHROMIUM ?? BROWSERS.find((path) => existsSync(path));
  if (executablePath === undefined) {
    throw new Error(`no browser: expected one of ${BROWSERS.join(", ")}, or its path in CHROMIUM`);
  }
  const args = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
  ];
  return chromium.launch({ executablePath, args });
}

/**
 * Opens an address and collects what a person would find in the browser's console: errors, warnings, uncaught exceptions,
 * requests that failed.
 */
export async function open(browser, address, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme: "light",
    ...options,
  });
  const page = await context.newPage();
  const complaints = [];
  const requests = [];
  const weights = [];
  page.on("console", (message) => {
    if (["error", "warning", "assert"].includes(message.type())) {
      complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    }
  });
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.stack ?? error}`));
  page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on("request", (request) => requests.push(request.url()));
  page.on("response", (response) => {
    if (response.status() >= 400) {
      complaints.push(`${response.status()}: ${response.url()}`);
    }
    weights.push(response.body().then((body) => ({ url: response.url(), body }), () => undefined));
  });
  page.setDefaultTimeout(15_000);
  await options.before?.(page);
  await page.goto(new URL(address, URL_OF_PAGE).href, { waitUntil: "load" });
  return {
    page,
    complaints,
    requests,
    /** Bodies of everything that was loaded so far. */
    loaded: async () => (await Promise.all(weights)).filter((entry) => entry !== undefined),
    close: () => context.close(),
  };
}

/** Saves a picture of the whole page. */
export async function picture(page, name, options = {}) {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}${name}.png`, animations: "disabled", ...options });
}
