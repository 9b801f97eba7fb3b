/**
 * Types of what crosses from the engine to the page, and of what the store hands to the views. Types only: no code is
 * loaded from here. Sizes are bytes, times virtual milliseconds unless a name says otherwise.
 */

/** Meaning of a colour; each is doubled by a shape and a word. */
export type Level = "ok" | "risk" | "lost" | "down" | "snapshot";

export interface Labels {
  title: string;
  question: string;
  story: string;
  seed: number;
  duration_ms: number;
  pause_at_ms: number | null | undefined;
  nodes: { name: string; ip: string; port: number }[];
  links: { a: number; b: number; name: string }[];
  clients: { name: string; to: number }[];
}

export interface Verdict {
  level: Level;
  mark: string;
  headline: string;
  detail: string;
  node: number;
}

export interface NodeRow {
  name: string;
  role: string;
  state_word: string;
  level: Level;
  lines: string[];
  next: string;
}

export interface LinkRow {
  name: string;
  level: Level;
  state_word: string;
  lines: string[];
  countdowns: { label: string; seconds: number }[];
}

export interface RulerMarker {
  node: number;
  name: string;
  offset: number;
  /** What its master believes; nothing while it is not attached. */
  ack_offset: number | null | undefined;
  /** Bytes until it needs a full resync, 0 if it does already; nothing if unknown. */
  slack_bytes: number | null | undefined;
  slack_seconds: number | null | undefined;
  /** An attached connection holds the cliff back for it. */
  pinned: boolean;
  behind_bytes: number;
  level: Level;
  attached: boolean;
}

export interface Ruler {
  history: string;
  /** Whose head and backlog these are. */
  node: number;
  first_byte: number;
  histlen: number;
  size: number;
  head: number;
  rate_bytes_per_s: number;
  markers: RulerMarker[];
  cliff_pinned: boolean;
}

export interface EventRow {
  seq: number;
  time_ms: number;
  node: number;
  peer: number;
  link: number;
  kind: string;
  cause: boolean;
  level: Level;
  text: string;
}

export interface Section {
  title: string;
  note: string;
  rows: string[][];
}

export interface ConsoleLine {
  kind: "in" | "out" | "error";
  text: string;
}

export interface ClientRow {
  name: string;
  to: number;
  sent: number;
  acknowledged: number;
  refused: number;
  /** Writes whose connection broke before the answer. */
  unanswered: number;
  /** 0 in a closed loop. */
  rate_per_s: number;
}

export interface Writes {
  sent: number;
  acknowledged: number;
  refused: number;
  unanswered: number;
  errors: { text: string; count: number }[];
  clients: ClientRow[];
}

export interface Directive {
  name: string;
  help: string;
  default: string;
  mutable: boolean;
}

/** A selected node, a selected link, or a node with the link to its master. -1 means none. */
export interface Selection {
  node: number;
  link: number;
}

/** What stopped the page, in words for the person in front of it. */
export interface Failure {
  title: string;
  message: string;
  advice: string;
  scenario: string;
  seed: string;
  time_ms: number;
}

/** A refused scenario or action: where, what was expected, what was found. */
export interface Refusal {
  message: string;
  path: string;
  expected: string;
  found: string;
}

export interface ScenarioEntry {
  id: string;
  title: string;
}

/** A value of the scenario's format as far as the page itself reads it; the engine checks the rest. */
export interface PlannedAction {
  at_ms?: number;
  do?: string;
  link?: string[];
  node?: string;
  client?: string;
}

export type Tab = "inspector" | "console" | "settings" | "writes" | "events";

/** All that views may look at. They read it, they never change it. */
export interface Model {
  phase: "loading" | "ready" | "failed";
  failure: Failure | null;
  /** Last refused action, shown beside the controls until the next one. */
  refusal: Refusal | null;
  catalogue: ScenarioEntry[];
  scenarioId: string;
  /** Scenario as it was read, for the editor and for what is planned. */
  scenario: { actions?: PlannedAction[] } & Record<string, unknown>;
  labels: Labels;
  labelsRevision: number;
  now_ms: number;
  playing: boolean;
  speed: number;
  /** Speed reached over the last second if it falls short of `speed`, else null. */
  reached: number | null;
  /** The one sentence and button that the page opens with are still on. */
  opening: boolean;
  /** No event came within the engine's search span at the last step. */
  quiet: boolean;
  selection: Selection;
  tab: Tab;
  beats: boolean;
  verdict: Verdict;
  nodeRows: NodeRow[];
  linkRows: LinkRow[];
  ruler: Ruler;
  events: EventRow[];
  /** Counts every change of `events`. */
  eventsRevision: number;
  info: string;
  sections: Section[];
  config: [string, string][];
  directives: Map<string, Directive>;
  consoleNode: number;
  consoleLines: ConsoleLine[];
  writes: Writes;
  frame: import("./frame.js").Frame;
  history: import("./state/history.js").History;
}

/** A part of the page. `text` runs at 10 Hz and after each change, `draw` once a frame while something moves. */
export interface View {
  element: HTMLElement;
  text?(model: Model): void;
  draw?(model: Model): void;
}
