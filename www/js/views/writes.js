// @ts-check
/** What became of the writes: sent, acknowledged, refused, and with which words. */

import { h, List, setShown, setText } from "../ui/dom.js";
import { count, millis } from "../ui/format.js";

/** @param {{ writeOnce: () => void }} page @returns {import("../types.js").View} */
export function writesView(page) {
  const totals = h("tbody", {});
  const totalRows = new List(totals, () => row());
  const clients = h("tbody", {});
  const clientRows = new List(clients, () => row());
  const errors = h("tbody", {});
  const errorRows = new List(errors, () => row());
  const errorSection = h(
    "section",
    {},
    h("h3", { class: "section-head" }, "Refusals", h("span", { class: "note" }, "as the server words them")),
    h("table", { class: "texts" }, errors),
  );
  const element = h(
    "div",
    { class: "inspector writes", "data-role": "writes" },
    h("section", {}, h("h3", { class: "section-head" }, "All writes"), h("table", {}, totals)),
    h(
      "section",
      {},
      h("h3", { class: "section-head" }, "By client"),
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            ...["client", "sent", "acknowledged", "refused", "no answer", "mean time"].map((word) =>
              h("th", { scope: "col" }, word),
            ),
          ),
        ),
        clients,
      ),
    ),
    errorSection,
    h(
      "section",
      {},
      h(
        "button",
        { class: "button", type: "button", "data-role": "write-once", onclick: page.writeOnce },
        "One write by hand",
        h("kbd", { "aria-hidden": "true" }, "w"),
      ),
    ),
  );
  return {
    element,
    text({ writes }) {
      totalRows.set([
        ["sent", count(writes.sent)],
        ["acknowledged", count(writes.acknowledged)],
        ["refused", count(writes.refused)],
        ["without an answer", count(writes.unanswered)],
      ]);
      clientRows.set(
        writes.clients.map((client) => [
          client.name,
          count(client.sent),
          count(client.acknowledged),
          count(client.refused),
          count(client.unanswered),
          millis(client.latency_mean_ms),
        ]),
      );
      errorRows.set(writes.errors.map((error) => [error.text, `${count(error.count)} times`]));
      setShown(errorSection, writes.errors.length > 0);
    },
  };
}

function row() {
  const label = h("th", { scope: "row" });
  const element = h("tr", {}, label);
  /** @type {HTMLElement[]} */
  const cells = [];
  return {
    element,
    /** @param {string[]} values */
    update([name, ...values]) {
      setText(label, name);
      while (cells.length < values.length) {
        const cell = h("td", {});
        cells.push(cell);
        element.append(cell);
      }
      values.forEach((value, index) => setText(cells[index], value));
    },
  };
}
