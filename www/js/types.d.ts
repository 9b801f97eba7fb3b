/**
 * Types of what crosses from the engine to the page, and of what the store hands to the views. Types only: no code is
 * loaded from here. Sizes are bytes, times virtual milliseconds unless a name says otherwise.
 */

import type {
  ConsoleOutput,
  Directive,
  EventRow,
  Fates,
  FrameUnderWay,
  Labels,
  Lights,
  LinkRow,
  NodeRow,
  NoReturn,
  Ruler,
  Section,
  Verdict,
  Writes,
} from "../pkg/psync_playground.js";

export type {
  ClientRow,
  Directive,
  EventRow,
  FateRow,
  Fates,
  FrameUnderWay,
  Labels,
  Level,
  Light,
  Lights,
  LinkRow,
  NodeRow,
  NoReturn,
  Ruler,
  RulerMarker,
  Section,
  Verdict,
  Writes,
} from "../pkg/psync_playground.js";

/** An event, and for a heartbeat the nodes that it went to. */
export type SeenEvent = EventRow & { ends?: number[] };

export type ConsoleLine = ConsoleOutput["lines"][number];

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
  /** The engine itself broke. */
  panic: boolean;
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
  /** Entries of one group stand together, under its name. */
  group?: string;
}

/** A value of the scenario's format as far as the page itself reads it; the engine checks the rest. */
export interface PlannedAction {
  at_ms?: number;
  do?: string;
  link?: string[];
  node?: string;
  client?: string;
  line?: string;
}

/** A step of a narration, as the scenario has it. */
export interface Step {
  at_ms: number;
  title: string;
  text: string;
  question?: string;
  node?: string;
  link?: [string, string];
}

/** Something that the reader did: an action as in a scenario, or a line at a node's console. */
export type Done = ({ do: string } & Record<string, unknown>) | { node: number; line: string };

/** The same with its place: the time, and how many happenings of that very time lie before. */
export interface Input {
  time_ns: number;
  order: number;
  done: Done;
}

/** A moment of a run: what was done in it, and where to stand; the place is as the engine's `go` takes it. */
export interface Moment {
  seed: number | undefined;
  inputs: Input[];
  place: [number, number, number];
  selection: Selection | undefined;
}

/** The first turn of the story that one of two runs has and the other has not; what the other has instead, if it has. */
export interface Difference {
  time_ms: number;
  /** When heartbeats differ first. */
  beats_ms: number | null;
  shown: EventRow | null;
  beside: EventRow | null;
}

/** Two runs beside each other. */
export interface Fork {
  /** Where they part, and the last event that they share. */
  at_ms: number;
  at_seq: number;
  /** Which is shown: "first run" or "second run". */
  name: string;
  /** What was changed in the second run, if that is known. */
  words: string;
  beside: import("./state/fork.js").Beside;
  comparison: import("./state/fork.js").Comparison;
  /** The one that is shown differs from the reader's first one from its beginning on. */
  other: boolean;
}

/** A run that can be played again: what it is made of, and how far it came, as the engine's `go` takes it. */
export interface Recording {
  scenario: Record<string, unknown>;
  seed: number;
  inputs: Input[];
  end: [number, number, number];
}

/** How a recorded run is played once more; `state/replay.js` says what each part is. */
export interface Replay {
  every_ms: number;
  see: (playground: import("./engine.js").Playground) => void;
  refused?: (error: unknown, done: Done) => void;
  progress?: (share: number) => void;
  stopped?: () => boolean;
}

/** What an export is made from. */
export interface ExportSource {
  engine: import("./engine.js").Engine;
  /** What the page shows at present; an export of the whole run uses `replay` instead. */
  model: Model;
  recording: Recording;
  palette: import("./ui/theme.js").Palette;
  /** Size of the open diagram in pixels; nothing if it has none. */
  picture: () => { width: number; height: number } | null;
  /** Id of the scenario, empty for one of the reader's own. */
  name: string;
  /** Plays the run once more; the caller frees what comes back. */
  replay: (how: Replay) => Promise<import("./engine.js").Playground | null>;
}

export type Tab = "inspector" | "console" | "settings" | "writes" | "checks" | "events" | "message";

/** What links carried, while the diagram is shown. */
export interface Messages {
  /** Width of the window that ends about now; 0 for the whole run. */
  window_ms: number;
  /** The part of the run that is shown, as it was read last. */
  shown: { from_ms: number; to_ms: number };
  /** Load generators and consoles have lanes too. */
  clients: boolean;
  rows: import("./state/messages.js").Rows;
  /** The same of the run beside, if there is one. */
  beside: import("./state/messages.js").Rows | null;
  /** Number of the selected message, 0 without one. */
  selected: number;
  /** Counts every change of the selection. */
  revision: number;
  sections: Section[];
  summary: string;
  /** The first bytes of the selected message, and how many it has. */
  bytes: Uint8Array;
  size: number;
  /** The selected message and those around it, the latest first. */
  around: { number: number; time_ms: number; way: string; kind: string; summary: string }[];
}

/** All that views may look at. They read it, they never change it. */
export interface Model {
  phase: "loading" | "ready" | "failed";
  failure: Failure | null;
  /** Last refused action, shown beside the controls until the next one. */
  refusal: Refusal | null;
  catalogue: ScenarioEntry[];
  scenarioId: string;
  /** Scenario as it was read, for the editor and for what is planned. */
  scenario: { actions?: PlannedAction[]; steps?: Step[] } & Record<string, unknown>;
  labels: Labels;
  labelsRevision: number;
  now_ms: number;
  /** The last moment that was reached. What lies between is the recorded future, until the reader does something. */
  end_ms: number;
  /** The run stands before its last moment. */
  past: boolean;
  /** Number of the latest event that has happened at this moment. */
  seq: number;
  /** What the reader did, in order. */
  inputs: Input[];
  /** Something to tell the reader, until it is put away. */
  notice: string;
  /** The scenario's steps are told, until the reader puts them away. */
  told: boolean;
  fork: Fork | null;
  playing: boolean;
  speed: number;
  /** Speed reached over the last second if it falls short of `speed`, else null. */
  reached: number | null;
  /** The question and the button that the page opens with are still on. */
  opening: boolean;
  /** The run has come to the end of the story, and says what happened. */
  ended: boolean;
  /** No event came within the engine's search span at the last step. */
  quiet: boolean;
  selection: Selection;
  tab: Tab;
  beats: boolean;
  verdict: Verdict;
  nodeRows: NodeRow[];
  linkRows: LinkRow[];
  ruler: Ruler;
  events: SeenEvent[];
  /** Counts every change of `events`. */
  eventsRevision: number;
  info: string;
  sections: Section[];
  /** Frames of the stream under way on the selected link, if its transport is textbook. */
  frames: FrameUnderWay[];
  config: [string, string][];
  directives: Map<string, Directive>;
  consoleNode: number;
  consoleLines: ConsoleLine[];
  writes: Writes;
  /** What became of every write, while somebody looks. */
  fates: Fates | null;
  /** What must hold in every run, as far as it is checked; nothing before the reader does something. */
  lights: Lights | null;
  /** From when on each full resync so far was unavoidable, as far as that is found. */
  noReturns: NoReturn[];
  frame: import("./frame.js").Frame;
  history: import("./state/history.js").History;
  /** Nothing while the diagram is closed. */
  messages: Messages | null;
}

/** A part of the page. `text` runs at 10 Hz and after each change, `draw` once a frame while something moves. */
export interface View {
  element: HTMLElement;
  text?(model: Model): void;
  draw?(model: Model): void;
}
