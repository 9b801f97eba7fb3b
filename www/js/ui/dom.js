// @ts-check
/** Builds and changes DOM without markup strings, and touches it only where something differs. */

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * Creates an element. `data-*`, `aria-*` and plain attributes are set as attributes; `on*` are listeners; `true`
 * sets an
 * empty attribute, `false` and `undefined` none.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | undefined | ((event: any) => void)>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  apply(element, attributes);
  append(element, children);
  return element;
}

/**
 * Creates an SVG element.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | undefined | ((event: any) => void)>} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function s(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  apply(element, attributes);
  append(element, children);
  return element;
}

/** @param {Element} element @param {Record<string, any>} [attributes] */
function apply(element, attributes) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), value);
    } else if (value !== false && value !== undefined) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
}

/** @param {Element} element @param {Child[]} children */
function append(element, children) {
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
}

/** Sets the text if it differs. @param {Node} node @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Sets or removes an attribute if it differs.
 * @param {Element} element
 * @param {string} name
 * @param {string | number | boolean} value
 */
export function setAttribute(element, name, value) {
  if (value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const text = value === true ? "" : String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** Shows or hides. @param {HTMLElement} element @param {boolean} shown */
export function setShown(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

/**
 * Keeps one child element an item, reusing what exists: `make` builds a child with its update function.
 * @template T
 */
export class List {
  /**
   * @param {HTMLElement | SVGElement} parent
   * @param {() => { element: Element, update: (item: T, index: number) => void }} make
   */
  constructor(parent, make) {
    this.parent = parent;
    this.make = make;
    /** @type {{ element: Element, update: (item: T, index: number) => void }[]} */
    this.children = [];
  }

  /** @param {readonly T[]} items */
  set(items) {
    while (this.children.length > items.length) this.children.pop()?.element.remove();
    while (this.children.length < items.length) {
      const child = this.make();
      this.children.push(child);
      this.parent.append(child.element);
    }
    items.forEach((item, index) => this.children[index].update(item, index));
  }
}
