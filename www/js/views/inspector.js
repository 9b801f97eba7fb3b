// @ts-check
/** Belief and truth of the selected node or link, and the node's own INFO. */

import { TRANSPORTS } from "../frame.js";
import { h, List, setShown, setText } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { later } from "../ui/later.js";
import { textTable } from "../ui/table.js";
import { endsOf } from "../state/model.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("../types.js").Section} Section */

/** Transports in words. @type {Record<string, string>} */
const TRANSPORT_WORDS = {
  tcp: "TCP, as Redis",
  textbook: "textbook: frames with offsets",
  unsound: "unsound: frames without",
};

/**
 * @param {{ act: (action: Record<string, unknown>) => void, model: () => Model, twin: () => void }} page
 * @returns {import("../types.js").View}
 */
export function inspectorView(page) {
  const form = linkForm(page);
  const sectionBox = h("div", {});
  const sections = new List(sectionBox, sectionView);
  const info = infoView();
  const nothing = h("p", { class: "mute" });
  const frames = later(overTextbook, async () => (await import("./frames.js")).framesView(page));
  const element = h("div", { class: "inspector" }, nothing, sectionBox, info.element, form.element, frames.element);
  return {
    element,
    text(model) {
      form.update(model);
      frames.text?.(model);
      frames.element.classList.toggle("first", model.selection.node < 0);
      sections.set(model.sections);
      setShown(nothing, model.phase === "ready" && model.sections.length === 0);
      setText(nothing, "No process runs here: there is nothing to ask. Its disk keeps the last snapshot.");
      info.update(model.info);
    },
  };
}

/** @param {Model} model */
function overTextbook({ frame, selection: { link } }) {
  return link >= 0 && TRANSPORTS[frame.link(link, "transport")] === "textbook";
}

/** A titled table, or text as it goes over the wire. */
export function sectionView() {
  const title = h("span", {});
  const note = h("span", { class: "note" });
  const table = textTable();
  const code = h("pre", { class: "code" });
  const element = h("section", {}, h("h3", { class: "section-head" }, title, note), table.element, code);
  return {
    element,
    /** @param {Section} section */
    update({ title: name, note: words, rows }) {
      setText(title, name);
      setText(note, words);
      // A row without a label heads the columns; rows of one value are text as it goes over the wire.
      const headed = rows[0]?.[0] === "" && rows[0].length > 1;
      const plain = rows.length > 0 && rows.every((row) => row.length === 1);
      setShown(table.element, !plain && rows.length > 0);
      setShown(code, plain);
      table.set(plain ? [] : headed ? rows.slice(1) : rows, headed ? rows[0] : []);
      setText(code, plain ? rows.map((row) => row[0]).join("\n") : "");
    },
  };
}

/** INFO replication as text, with the values that changed since it was last read. */
function infoView() {
  const text = h("pre", { class: "code", "data-role": "info" });
  const lines = new List(text, () => {
    const name = h("span", {});
    const value = h("span", {});
    const element = h("span", {}, name, value, "\n");
    let last = "";
    return {
      element,
      /** @param {string} line */
      update(line) {
        const at = line.indexOf(":") + 1;
        setText(name, line.slice(0, at));
        const sameLine = last.slice(0, last.indexOf(":") + 1) === line.slice(0, at);
        value.classList.toggle("changed", at > 0 && sameLine && last !== line);
        setText(value, line.slice(at));
        last = line;
      },
    };
  });
  const element = h(
    "section",
    {},
    h(
      "h3",
      { class: "section-head" },
      "INFO replication",
      h("span", { class: "note" }, "live, as the node answers it"),
    ),
    text,
  );
  return {
    element,
    /** @param {string} info */
    update(info) {
      setShown(element, info !== "");
      lines.set(info.split(/\r?\n/).filter((line) => line !== ""));
    },
  };
}

/**
 * The numbers of the selected link, to be changed.
 * @param {{ act: (action: Record<string, unknown>) => void, model: () => Model, twin: () => void }} page
 */
function linkForm(page) {
  let link = -1;
  const fields = [
    field("latency", "latency, ms", "latency_ms", 1, (text) => Number(text)),
    field("bandwidth", "bandwidth, Mbit/s", "bandwidth", 8 / 1e6, (text) => Number(text)),
    field("loss", "loss, %", "loss_ppm", 1e-4, (text) => Number(text)),
  ];
  const name = h("span", { class: "note" });
  const transport = h(
    "select",
    {
      "data-role": "transport",
      title: "What the link does to the stream: a change closes every connection once",
      onchange: () =>
        page.act({ do: "set_link", link: endsOf(page.model(), link), transport: transport.value }),
    },
    ...TRANSPORTS.map((value) => h("option", { value }, TRANSPORT_WORDS[value])),
  );
  const form = h(
    "form",
    { class: "link-form", onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
    ...fields.map((each) => each.label),
    h("label", {}, "transport", h("span", { class: "picker" }, transport, icon("chevron"))),
    h("button", { class: "button", type: "button", "data-role": "twin-from-link", onclick: page.twin }, icon("twin"), "Twin run …"),
  );
  const element = h("section", { "data-role": "link-form" }, h("h3", { class: "section-head" }, "Link", name), form);

  /**
   * @param {string} role
   * @param {string} title
   * @param {string} name
   * @param {number} factor
   * @param {(text: string) => number} read
   */
  function field(role, title, name, factor, read) {
    const input = h("input", {
      class: "field",
      type: "number",
      min: 0,
      step: "any",
      "data-role": role,
      autocomplete: "off",
      onchange: () => {
        const value = read(input.value);
        if (input.value === "" || !Number.isFinite(value)) return;
        const key = name === "bandwidth" ? "bandwidth_bytes_per_s" : name;
        const exact = value / factor;
        page.act({
          do: "set_link",
          link: endsOf(page.model(), link),
          [key]: name === "latency_ms" ? exact : Math.round(exact),
        });
      },
    });
    return { name, factor, input, label: h("label", {}, title, input) };
  }

  return {
    element,
    /** @param {Model} model */
    update(model) {
      link = model.selection.link;
      setShown(element, link >= 0);
      if (link < 0 || link >= model.labels.links.length) return;
      setText(name, endsOf(model, link).join(" – "));
      element.classList.toggle("first", model.selection.node < 0);
      transport.value = TRANSPORTS[model.frame.link(link, "transport")] ?? "tcp";
      for (const { name, factor, input } of fields) {
        const root = /** @type {ShadowRoot} */ (input.getRootNode());
        if (root.activeElement === input) continue;
        const value = model.frame.link(link, name) * factor;
        const text = String(Number(value.toPrecision(6)));
        if (input.value !== text) input.value = text;
      }
    },
  };
}
