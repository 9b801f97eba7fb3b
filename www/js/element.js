// @ts-check
/**
 * `<psync-playground scenario="long-cut">`: Redis replication, running, in any page.
 *
 * Attributes: `scenario` (an id of the catalogue or an address of a JSON file), `theme` (`light` or `dark`, else as the
 * reader's system), `moment` (a link to a moment, what follows `#` in it), `picker` (show the choice of scenarios). The element never writes its own attributes, and loads
 * nothing before it is near the screen.
 */

import { Page } from "./page.js";
import { styleSheet } from "./styles/sheet.js";

export class PsyncPlayground extends HTMLElement {
  static observedAttributes = ["scenario", "theme", "moment"];

  constructor() {
    super();
    /** @type {Page | undefined} */
    this.page = undefined;
  }

  connectedCallback() {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [styleSheet()];
    this.page = new Page(this, { picker: this.hasAttribute("picker") });
    root.replaceChildren(this.page.element);
    this.page.connect();
  }

  disconnectedCallback() {
    this.page?.dispose();
    this.page = undefined;
    this.shadowRoot?.replaceChildren();
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (!this.page || before === now) return;
    if (name === "theme") this.page.themeChanged();
    else if (now && name === "moment") void this.page.follow(now);
    else if (now && this.page.model.phase !== "loading") void this.page.open(now);
  }
}

/** Registers the element, once a page however many copies of this module there are. */
export function define() {
  if (!customElements.get("psync-playground")) customElements.define("psync-playground", PsyncPlayground);
}
