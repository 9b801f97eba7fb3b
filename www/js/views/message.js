// @ts-check
/** The inspector of a message: what it says, its bytes, what it did to which offset; and the messages around it as a list. */

import { wear } from "../styles/sheet.js";
import { h, List, setAttribute, setShown, setText } from "../ui/dom.js";
import { count, stamp } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { titled } from "../ui/table.js";
import { sectionView } from "./inspector.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("../types.js").Messages["around"][number]} Around */

/** Bytes of one line, and lines, of a dump. */
const LINE = 16;
const MOST_LINES = 32;

const LOOKS = /* css */ `
.message-go { display: flex; gap: 6px; flex-wrap: wrap; margin: 4px 0 10px; }
.message-list { display: grid; }
.message-list button {
  display: grid; grid-template-columns: 76px minmax(0, 1fr); gap: 0 10px; text-align: left; border: 0; background: none;
  padding: 4px 6px; border-top: 1px solid var(--psync-line); cursor: pointer; color: inherit; font: inherit; font-size: 12px;
}
.message-list button:hover { background: var(--psync-sunk); }
.message-list button[aria-current="true"] { background: var(--psync-sunk); font-weight: 600; }
.message-list time { font-family: var(--psync-mono); color: var(--psync-mute); }
.message-list .says {
  grid-column: 2; font-family: var(--psync-mono); color: var(--psync-mute); font-weight: 400; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap;
}
.message .code { overflow-x: auto; white-space: pre; }
.message .says-code .code { white-space: pre-wrap; overflow-wrap: anywhere; }
`;

/**
 * @param {{ model: () => Model, selectMessage: (number: number) => void, seek: (time_ms: number) => void }} page
 * @returns {import("../types.js").View}
 */
export function messageView(page) {
  wear(LOOKS);
  const nothing = h("p", { class: "mute" }, "Select a message in the diagram, or one of these.");
  const gone = h("p", { class: "mute", hidden: true }, "The selected message lies outside of what is kept.");
  const sectionBox = h("div", { class: "says-code" });
  const sections = new List(sectionBox, sectionView);
  const dump = h("pre", { class: "code", "data-role": "message-bytes", tabindex: 0, "aria-label": "Bytes of the message" });
  const cut = h("p", { class: "mute" });
  const bytes = titled("Bytes", "as they went over the wire", dump, cut);
  const go = h(
    "div",
    { class: "message-go" },
    goButton("message-sent", "back", "when it was sent", "sent_ms"),
    goButton("message-arrival", "step", "when it arrived", "arrives_ms"),
  );
  const listBox = h("div", { class: "message-list", "data-role": "message-list" });
  const list = new List(listBox, () => listed(page));
  const around = titled("Around it", "the latest first", listBox);
  const element = h("div", { class: "inspector message", "data-role": "message" }, nothing, gone, sectionBox, bytes, go, around);

  /** @param {string} role @param {import("../ui/icons.js").IconName} picture @param {string} word @param {string} field */
  function goButton(role, picture, word, field) {
    const title = `Go to the moment ${word}`;
    return h(
      "button",
      { class: "button", type: "button", "data-role": role, title, onclick: () => goTo(field) },
      icon(picture),
      word,
    );
  }

  /** @param {string} field */
  function goTo(field) {
    const { messages } = page.model();
    const index = messages ? messages.rows.find(messages.selected) : -1;
    const time_ms = index < 0 ? -1 : (messages?.rows.get(index, field) ?? -1);
    if (time_ms >= 0) page.seek(time_ms);
  }

  return {
    element,
    text({ messages }) {
      if (!messages) return;
      const any = messages.sections.length > 0;
      setShown(nothing, messages.selected === 0);
      setShown(gone, messages.selected > 0 && !any);
      setShown(go, any && messages.rows.find(messages.selected) >= 0);
      sections.set(messages.sections);
      setShown(bytes, messages.bytes.length > 0);
      setText(dump, hex(messages.bytes));
      const shown = Math.min(messages.bytes.length, LINE * MOST_LINES);
      setShown(cut, shown < messages.size);
      setText(cut, `The first ${count(shown)} of ${count(messages.size)} bytes.`);
      list.set(messages.around);
    },
  };
}

/** @param {{ model: () => Model, selectMessage: (number: number) => void }} page */
function listed(page) {
  const time = h("time", {});
  const way = h("span", {});
  const says = h("span", { class: "says" });
  let number = 0;
  const element = h("button", { type: "button", onclick: () => page.selectMessage(number) }, time, way, says);
  return {
    element,
    /** @param {Around} row */
    update(row) {
      number = row.number;
      setText(time, stamp(row.time_ms));
      setText(way, `${row.way}, ${row.kind}`);
      setText(says, row.summary);
      setAttribute(element, "aria-current", page.model().messages?.selected === number ? "true" : "false");
    },
  };
}

/** Offsets, hexadecimal, characters: as hexdump -C shows them. @param {Uint8Array} bytes */
export function hex(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length && lines.length < MOST_LINES; at += LINE) {
    const part = [...bytes.subarray(at, at + LINE)];
    const pairs = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = part.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "·")).join("");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${pairs.padEnd(LINE * 3 - 1)}  ${text}`);
  }
  return lines.join("\n");
}
