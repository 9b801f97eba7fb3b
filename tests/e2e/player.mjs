// One <psync-playground> on a page, as the tests talk to it: parts by their `data-role`, events by their kind.

import assert from "node:assert/strict";
import { open } from "./browser.mjs";

/** How long the slowest thing a test waits for may take, in wall time. */
const PATIENCE_MS = 20_000;

/** Opens a page and waits until its player is ready. */
export async function openPlayer(browser, address, options) {
  const opened = await open(browser, address, options);
  const player = new Player(opened.page);
  await player.ready();
  return { ...opened, player };
}

export class Player {
  /** `scope` is a page or a frame; `index` tells several players of it apart. */
  constructor(scope, index = 0) {
    this.element = scope.locator("psync-playground").nth(index);
  }

  part(role) {
    return this.element.locator(`[data-role="${role}"]`);
  }

  /** Until the engine runs and the scenario stands at its opening. */
  async ready() {
    await this.element.scrollIntoViewIfNeeded();
    await this.element.locator('[data-role="app"][data-phase="ready"]').waitFor({ timeout: PATIENCE_MS });
  }

  /** Virtual time in seconds, as the clock shows it. */
  async seconds() {
    const text = await this.part("clock").innerText();
    const parts = text.match(/\d+(\.\d+)?/g)?.map(Number) ?? [];
    return parts.reduce((sum, part) => sum * 60 + part, 0);
  }

  /** Starts or goes on. */
  async play() {
    await this.part("play").click();
    const start = await this.seconds();
    await this.until(async () => (await this.seconds()) > start, "the clock runs");
  }

  /** Plays past a moment, and stops. */
  async playTo(seconds) {
    await this.speed(10);
    await this.part("play").click();
    await this.until(async () => (await this.seconds()) > seconds, `second ${seconds}`);
    await this.pause();
  }

  /** Stops, unless the story has come to its end by itself. */
  async pause() {
    const play = this.part("play");
    if ((await play.getAttribute("aria-label")) === "Pause") await play.click();
  }

  /** Fastest speed on offer that is at most this many times real time. */
  async speed(most) {
    const values = await this.part("speed").locator("option").evaluateAll((options) => options.map((option) => Number(option.value)));
    const fitting = values.filter((value) => value <= most);
    await this.part("speed").selectOption(String(Math.max(...fitting)));
  }

  /** The events in the list: kind and sentence. */
  events() {
    return this.part("event").evaluateAll((rows) => rows.map((row) => ({ kind: row.dataset.kind, text: row.textContent })));
  }

  /** Waits for an event of a kind among those that are shown; returns its sentence. */
  async event(kind, from = 0) {
    let found;
    const look = async () => (found = (await this.events()).slice(from).find((event) => event.kind === kind));
    await this.until(look, `an event ${kind}`);
    return found.text;
  }

  async until(condition, what) {
    const end = Date.now() + PATIENCE_MS;
    while (Date.now() < end) {
      if (await condition()) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const kinds = (await this.events()).map((event) => event.kind);
    assert.fail(`waited ${PATIENCE_MS / 1000} s for: ${what}. Clock ${await this.part("clock").innerText()}, events ${kinds.join(" ")}`);
  }
}
