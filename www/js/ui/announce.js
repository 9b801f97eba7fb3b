// @ts-check
/**
 * Reads events to a screen reader at human pace: one sentence at a time, and a count of what was left out when the run
 * is faster than speech.
 */

import { h } from "./dom.js";

const PACE_MS = 2000;
const KEPT = 3;
/** So many sentences back a repetition is not read again. */
const SAID = 4;

export class Announcer {
  constructor() {
    this.element = h("div", { class: "hidden-text", role: "status", "aria-live": "polite", "data-role": "announcer" });
    /** @type {string[]} */
    this.waiting = [];
    this.left = 0;
    /** @type {string[]} */
    this.said = [];
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** @param {string} sentence */
  say(sentence) {
    // A dial that fails each second is news once.
    if (this.said.includes(sentence)) return;
    this.said = [...this.said, sentence].slice(-SAID);
    this.waiting.push(sentence);
    if (this.waiting.length > KEPT) {
      this.waiting.shift();
      this.left += 1;
    }
    this.timer ??= setTimeout(() => this.next(), 50);
  }

  /** Says at once what the reader asked for; what waited is old. @param {string} sentence */
  tell(sentence) {
    clearTimeout(this.timer);
    this.waiting = [];
    this.left = 0;
    // The same words again are read again only if the element was empty.
    this.element.textContent = "";
    this.timer = setTimeout(() => {
      this.element.textContent = sentence;
      this.timer = setTimeout(() => this.next(), PACE_MS);
    }, 50);
  }

  next() {
    const sentence = this.waiting.shift();
    if (sentence === undefined) {
      this.timer = undefined;
      return;
    }
    const left = this.left > 0 ? `${this.left} more events. ` : "";
    this.left = 0;
    this.element.textContent = left + sentence;
    this.timer = setTimeout(() => this.next(), PACE_MS);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting = [];
    this.left = 0;
  }
}
