// @ts-check
/** The place of a view whose code is loaded when it is asked for. */

import { h } from "../ui/dom.js";

/** @typedef {import("../types.js").View} View */

/** @param {string} name class of the place */
export function lazyView(name) {
  /** @type {View | undefined} */
  let view;
  const element = h("div", { class: name });
  return {
    element,
    /** Puts the view in its place, once. @param {() => View} make */
    load(make) {
      if (view) return;
      view = make();
      element.append(view.element);
    },
    /** @param {import("../types.js").Model} model */
    text: (model) => view?.text?.(model),
    /** @param {import("../types.js").Model} model */
    draw: (model) => view?.draw?.(model),
  };
}
