// @ts-check
/** The side panel: one tab a view, as the WAI-ARIA pattern asks. */

import { h, setAttribute, setShown } from "../ui/dom.js";

/** @typedef {import("../types.js").Tab} Tab */
/** @typedef {import("../types.js").View} View */

/**
 * @param {{ tab: Tab, title: string, view: View | null }[]} entries a tab without a view shows a part that stands
 *   elsewhere
 * @param {(tab: Tab) => void} choose
 * @returns {View}
 */
export function tabsView(entries, choose) {
  const tabs = entries.map(({ tab, title }, index) =>
    h(
      "button",
      {
        class: `tab tab-${tab}`,
        type: "button",
        role: "tab",
        id: `tab-${tab}`,
        "aria-controls": `panel-${tab}`,
        "data-role": `tab-${tab}`,
        onclick: () => choose(tab),
        onkeydown: (/** @type {KeyboardEvent} */ event) => move(event, index),
      },
      title,
    ),
  );
  const panels = entries.map(
    ({ tab, view }) =>
      view &&
      h(
        "div",
        {
          class: `panel panel-${tab}`,
          role: "tabpanel",
          id: `panel-${tab}`,
          "aria-labelledby": `tab-${tab}`,
          "data-scroll": "",
          tabindex: 0,
        },
        view.element,
      ),
  );
  const element = h(
    "div",
    { class: "side", role: "group", "aria-label": "Details" },
    h(
      "div",
      { class: "side-inner" },
      h("div", { class: "tabs", role: "tablist", "aria-label": "Details" }, ...tabs),
      ...panels,
    ),
  );

  /** @param {KeyboardEvent} event @param {number} index */
  function move(event, index) {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    for (let i = 1; i <= tabs.length; i += 1) {
      const at = (index + by * i + tabs.length * i) % tabs.length;
      if (tabs[at].offsetParent === null) continue;
      tabs[at].focus();
      choose(entries[at].tab);
      return;
    }
  }

  return {
    element,
    text(model) {
      entries.forEach(({ tab, view }, index) => {
        const on = model.tab === tab;
        setAttribute(tabs[index], "aria-selected", on ? "true" : "false");
        tabs[index].tabIndex = on ? 0 : -1;
        const panel = panels[index];
        if (!panel) return;
        // Where events stand beside the tabs, their tab is gone and the inspector takes its place.
        setShown(panel, on || (model.tab === "events" && tab === "inspector"));
        if (!panel.hidden) view?.text?.(model);
      });
    },
  };
}
