// @ts-check
/** Tables of text that are filled again and again: a label and its values in each row. */

import { h, List, setAttribute, setShown, setText } from "./dom.js";

/** A row: the first text labels the others. */
export function tableRow() {
  const label = h("th", { scope: "row" });
  const element = h("tr", {}, label);
  /** @type {HTMLTableCellElement[]} */
  const cells = [];
  return {
    element,
    /** @param {string[]} row */
    update([name, ...values]) {
      setText(label, name ?? "");
      while (cells.length > values.length) cells.pop()?.remove();
      while (cells.length < values.length) {
        const cell = h("td", {});
        cells.push(cell);
        element.append(cell);
      }
      values.forEach((value, index) => setText(cells[index], value));
    },
  };
}

function headCell() {
  const element = h("th", { scope: "col" });
  return {
    element,
    /** @param {string} text */
    update(text) {
      setText(element, text);
      // The corner above the labels heads nothing.
      setAttribute(element, "role", text === "" && "presentation");
    },
  };
}

/** A table with an optional row of heads. @param {string} [name] class of the table */
export function textTable(name) {
  const headRow = h("tr", {});
  const head = h("thead", {}, headRow);
  const body = h("tbody", {});
  const heads = new List(headRow, headCell);
  const rows = new List(body, tableRow);
  return {
    element: h("table", { class: name }, head, body),
    /** @param {string[][]} values @param {string[]} [columns] */
    set(values, columns = []) {
      heads.set(columns);
      setShown(head, columns.length > 0);
      rows.set(values);
    },
  };
}

/** A titled section around something. @param {string} title @param {string} note @param {...HTMLElement} body */
export function titled(title, note, ...body) {
  const words = [title, note !== "" && h("span", { class: "note" }, note)];
  return h("section", {}, h("h3", { class: "section-head" }, ...words), ...body);
}
