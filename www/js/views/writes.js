// @ts-check
/** What became of the writes: sent, acknowledged, refused, and with which words. */

import { h, setShown } from "../ui/dom.js";
import { count, millis } from "../ui/format.js";
import { later } from "../ui/later.js";
import { textTable, titled } from "../ui/table.js";

const COLUMNS = ["client", "sent", "acknowledged", "refused", "no answer", "mean time"];

/** @param {{ writeOnce: () => void, seek: (time_ms: number) => void }} page @returns {import("../types.js").View} */
export function writesView(page) {
  const totals = textTable();
  const clients = textTable();
  const errors = textTable("texts");
  const fates = later(
    (model) => model.fates !== null,
    async () => (await import("./fates.js")).fatesView(page),
  );
  const refusals = titled("Refusals", "as the server words them", errors.element);
  const once = h(
    "button",
    { class: "button", type: "button", "data-role": "write-once", onclick: page.writeOnce },
    "One write by hand",
    h("kbd", { "aria-hidden": "true" }, "w"),
  );
  const element = h(
    "div",
    { class: "inspector writes", "data-role": "writes" },
    fates.element,
    titled("All writes", "", totals.element),
    titled("By client", "", clients.element),
    refusals,
    h("section", {}, once),
  );
  return {
    element,
    text(model) {
      const { writes } = model;
      fates.text?.(model);
      totals.set([
        ["sent", count(writes.sent)],
        ["acknowledged", count(writes.acknowledged)],
        ["refused", count(writes.refused)],
        ["without an answer", count(writes.unanswered)],
      ]);
      clients.set(writes.clients.map(clientRow), COLUMNS);
      errors.set(writes.errors.map((error) => [error.text, `${count(error.count)} times`]));
      setShown(refusals, writes.errors.length > 0);
    },
  };
}

/** @param {import("../types.js").ClientRow} client */
function clientRow(client) {
  const counts = [client.sent, client.acknowledged, client.refused, client.unanswered].map(count);
  return [client.name, ...counts, millis(client.latency_mean_ms)];
}
