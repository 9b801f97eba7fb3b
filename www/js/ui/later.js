// @ts-check
/** A view whose code is loaded when it first has something to show. */

import { h, setShown } from "./dom.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("../types.js").View} View */

/**
 * @param {(model: Model) => boolean} wanted whether there is something to show
 * @param {() => Promise<View>} load
 * @returns {View}
 */
export function later(wanted, load) {
  const element = h("div", { hidden: true });
  /** @type {View | undefined} */
  let view;
  /** @type {Model | undefined} */
  let latest;
  /** @type {Promise<void> | undefined} */
  let loading;

  async function fetch() {
    try {
      view = await load();
    } catch (error) {
      // Without a connection the page goes on without this view, and asks again.
      loading = undefined;
      throw error;
    }
    element.replaceChildren(view.element);
    if (latest) view.text?.(latest);
  }

  return {
    element,
    text(model) {
      latest = model;
      const on = wanted(model);
      setShown(element, on);
      if (on && view) view.text?.(model);
      else if (on) loading ??= fetch();
    },
    draw(model) {
      if (!element.hidden) view?.draw?.(model);
    },
  };
}
