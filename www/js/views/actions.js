// @ts-check
/** What can be done to the selected node and its link: switches beside the picture, values in the inspector. */

import { LINK, NODE_STATES, TRANSPORTS } from "../frame.js";
import { endsOf, masterOf } from "../state/model.js";
import { h, setAttribute, setShown, setText } from "../ui/dom.js";
import { icon, setIcon } from "../ui/icons.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {Record<string, unknown>} Action */

/** Actions as the keys and the buttons mean them: what a switch does depends on the state it shows. */
export const wishes = {
  /** @param {Model} model @returns {Action | null} */
  cutOrHeal(model) {
    const { link } = model.selection;
    if (link < 0) return null;
    return { do: model.frame.link(link, "state") === LINK.up ? "cut" : "heal", link: endsOf(model, link) };
  },
  /** @param {Model} model @returns {Action | null} */
  freezeOrResume(model) {
    const name = nodeName(model);
    return name ? { do: stateOf(model) === "frozen" ? "resume" : "freeze", node: name } : null;
  },
  /** @param {Model} model @returns {Action | null} */
  promote(model) {
    const name = nodeName(model);
    return name && masterOf(model, model.selection.node) >= 0 ? { do: "promote", node: name } : null;
  },
};

/** @param {Model} model */
function nodeName(model) {
  return model.labels.nodes[model.selection.node]?.name;
}

/** @param {Model} model */
function stateOf(model) {
  return model.selection.node < 0 ? "" : NODE_STATES[model.frame.node(model.selection.node, "state")];
}

/**
 * @param {{ act: (action: Action | null) => void, model: () => Model, tcpTwin: () => void, notice: (words: string) => void }} page
 * @returns {import("../types.js").View}
 */
export function actionsView(page) {
  const node = nodeGroup(page);
  const link = linkGroup(page);
  const refusal = h("p", { class: "refusal", role: "alert", "data-role": "refusal" });
  const element = h(
    "div",
    { class: "actions", role: "group", "aria-label": "Actions" },
    node.element,
    link.element,
    refusal,
  );
  return {
    element,
    text(model) {
      node.update(model);
      link.update(model);
      setText(refusal, model.refusal ? refusalText(model.refusal) : "");
      setShown(refusal, model.refusal !== null);
    },
  };
}

/** @param {import("../types.js").Refusal} refusal */
export function refusalText(refusal) {
  if (!refusal.path) return refusal.message;
  return `${refusal.path}: expected ${refusal.expected}, found ${refusal.found}`;
}

/** @param {{ act: (action: Action | null) => void, model: () => Model }} page */
function nodeGroup(page) {
  const subject = h("span", { class: "subject" });
  const send = (/** @type {Action} */ action) => page.act({ ...action, node: nodeName(page.model()) });
  const freeze = button("freeze", "freeze", "Freeze", "key z", () => page.act(wishes.freezeOrResume(page.model())));
  const crash = button("crash", "power", "Crash", "The process ends at once; its disk stays", () =>
    send({ do: "crash" }),
  );
  const restart = button("restart", "reset", "Restart", "Start the process again with the snapshot on its disk", () =>
    send({ do: "restart", snapshot: true }),
  );
  const restartEmpty = button(
    "restart-empty",
    "reset",
    "Restart empty",
    "Start the process again without a snapshot",
    () => send({ do: "restart", snapshot: false }),
  );
  const promote = button("promote", "promote", "Promote", "REPLICAOF NO ONE, key p", () =>
    page.act(wishes.promote(page.model())),
  );
  const follow = menu("follow", "Follow another node", (of) => send({ do: "replicaof", of }));
  const element = h(
    "div",
    { class: "group" },
    subject,
    freeze.element,
    crash.element,
    restart.element,
    restartEmpty.element,
    promote.element,
    follow.element,
  );
  return {
    element,
    /** @param {Model} model */
    update(model) {
      const index = model.selection.node;
      setShown(element, index >= 0);
      if (index < 0) return;
      const crashed = stateOf(model) === "crashed";
      const frozen = stateOf(model) === "frozen";
      setText(subject, nodeName(model) ?? "");
      freeze.show(!crashed, frozen ? "Resume" : "Freeze", frozen ? "play" : "freeze");
      crash.show(!crashed);
      restart.show(crashed);
      restartEmpty.show(crashed);
      promote.show(!crashed && masterOf(model, index) >= 0);
      const others = model.labels.nodes
        .map((row) => row.name)
        .filter((_, at) => at !== index && at !== masterOf(model, index));
      follow.update("Follow…", crashed ? [] : others.map((name) => [name, name]));
    },
  };
}

/** What the loss of the next thing that is sent means. */
const LOSE_FRAME = "The next frame of the stream is lost on its way";
const LOSE_SEGMENT = "The next segment is lost: TCP sends it again, and everything behind it waits";

/** @param {{ act: (action: Action | null) => void, model: () => Model, tcpTwin: () => void, notice: (words: string) => void }} page */
function linkGroup(page) {
  const subject = h("span", { class: "subject" });
  const ends = () => endsOf(page.model(), page.model().selection.link);
  const cut = button("cut", "cut", "Cut", "Close all connections and refuse new ones, key x", () =>
    page.act({ do: "cut", link: ends() }),
  );
  const heal = button("heal", "heal", "Heal", "Carry bytes again, key x", () => page.act({ do: "heal", link: ends() }));
  const silence = menu("silence", "Drop silently: swallow bytes and tell nobody", (direction) => {
    page.act(direction === "both" ? { do: "silence", link: ends() } : { do: "silence", link: ends(), direction });
  });
  const reset = button("reset-link", "bolt", "Reset", "Close every connection once; new ones work", () =>
    page.act({ do: "reset", link: ends() }),
  );
  let overTcp = false;
  const drop = button("drop-next", "lost", "Lose a frame", LOSE_FRAME, () => {
    page.act({ do: "drop_next", link: ends() });
    // Over TCP there is nothing to be seen but a delay.
    if (overTcp) page.notice(`${LOSE_SEGMENT}.`);
  });
  const tcp = button("tcp-twin", "twin", "TCP beside", "The same run with this link over TCP, beside this one", page.tcpTwin);
  const switches = [cut, heal, silence, reset, drop, tcp].map((each) => each.element);
  const element = h("div", { class: "group" }, subject, ...switches);
  return {
    element,
    /** @param {Model} model */
    update(model) {
      const { link } = model.selection;
      setShown(element, link >= 0 && link < model.labels.links.length);
      if (link < 0 || link >= model.labels.links.length) return;
      const [a, b] = endsOf(model, link);
      const state = model.frame.link(link, "state");
      setText(subject, model.selection.node < 0 ? `${a} – ${b}` : "its link");
      setAttribute(subject, "title", `${a} – ${b}`);
      cut.show(state !== LINK.cut);
      heal.show(state !== LINK.up);
      const frames = TRANSPORTS[model.frame.link(link, "transport")] !== "tcp";
      reset.show(state === LINK.up && !frames);
      // Beside a node's own switches there is no room for all of them.
      const alone = model.selection.node < 0;
      overTcp = !frames;
      drop.show(frames || (alone && state === LINK.up), frames ? "Lose a frame" : "Lose a segment");
      setAttribute(drop.element, "title", frames ? LOSE_FRAME : LOSE_SEGMENT);
      tcp.show(frames && alone);
      silence.update("Silence…", [
        ["both", "both ways"],
        ["a_to_b", `only ${a} to ${b}`],
        ["b_to_a", `only ${b} to ${a}`],
      ]);
    },
  };
}

/**
 * @param {string} role
 * @param {import("../ui/icons.js").IconName} picture
 * @param {string} word
 * @param {string} title
 * @param {() => void} onclick
 */
function button(role, picture, word, title, onclick) {
  const image = icon(picture);
  const label = h("span", {}, word);
  const element = h("button", { class: "button", type: "button", "data-role": role, title, onclick }, image, label);
  return {
    element,
    /** @param {boolean} shown @param {string} [text] @param {import("../ui/icons.js").IconName} [name] */
    show(shown, text, name) {
      setShown(element, shown);
      if (text) setText(label, text);
      if (name) setIcon(image, name);
    },
  };
}

/**
 * A menu that acts when an entry is chosen.
 * @param {string} role
 * @param {string} label
 * @param {(value: string) => void} choose
 */
function menu(role, label, choose) {
  const select = h("select", {
    "aria-label": label,
    title: label,
    "data-role": role,
    onchange: () => {
      const { value } = select;
      select.selectedIndex = 0;
      if (value) choose(value);
    },
  });
  const element = h("span", { class: "picker" }, select, icon("chevron"));
  let known = "";
  return {
    element,
    /** @param {string} title @param {string[][]} entries */
    update(title, entries) {
      setShown(element, entries.length > 0);
      const key = JSON.stringify(entries);
      if (key === known) return;
      known = key;
      select.replaceChildren(
        h("option", { value: "" }, title),
        ...entries.map(([value, word]) => h("option", { value }, word)),
      );
    },
  };
}
