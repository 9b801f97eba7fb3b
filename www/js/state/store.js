// @ts-check
/**
 * The one place that calls the engine. It turns wishes of the reader into calls, and what the engine says into the
 * model
 * that views read.
 */

import { expectMore, isPanic, LoadError, loadEngine } from "../engine.js";
import { Frame } from "../frame.js";
import { compare, joinRuns } from "./fork.js";
import { History } from "./history.js";
import { emptyModel, lastEvent, linkToMaster, masterOf, nextPlanned } from "./model.js";
import { arrive, restAt } from "./narration.js";
import { Reader } from "./reader.js";
import { stamp } from "../ui/format.js";
import { ScenarioReadError } from "./scenarios.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {import("../types.js").Refusal} Refusal */
/** @typedef {import("../types.js").Moment} Moment */

export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60];
/** Text is read at 10 Hz while playing. */
const TEXT_EVERY_MS = 100;
/** The way to the opening moment is run in slices of this much wall time, so that the page stays alive. */
const SLICE_MS = 30;
/** A reply at the console that takes longer than this, in virtual time, is waited for by playing on. */
const PROMPT_MS = 2;
const PROMPT_STEP_MS = 0.1;

export class Store {
  /**
   * @param {object} listener
   * @param {(model: Model) => void} listener.text the model changed
   * @param {() => void} listener.wake frames are wanted
   * @param {(sentence: string) => void} listener.say a cause to be read aloud
   * @param {(sentence: string) => void} listener.tell what the reader just asked for, to be read aloud at once
   */
  constructor(listener) {
    this.listener = listener;
    /** @type {Model} */
    this.model = emptyModel();
    /** @type {import("../engine.js").Engine | undefined} */
    this.engine = undefined;
    /** @type {import("../engine.js").Playground | undefined} */
    this.playground = undefined;
    this.reader = new Reader(this.model);
    this.sinceText = 0;
    this.pace = { asked: 0, done: 0, wall: 0 };
    this.run = 0;
    /** Where the reader wants to be, while the way there takes time. @type {number | null} */
    this.target = null;
    /** What is done on arrival there. @type {(() => void) | undefined} */
    this.arrived = undefined;
    /** The run is checked, a slice at a time. */
    this.checks = false;
    /** The next reading, if what is shown is not yet complete. @type {ReturnType<typeof setTimeout> | undefined} */
    this.soon = undefined;
  }

  /** Loads the engine. @returns {Promise<boolean>} */
  async load() {
    try {
      this.engine = await loadEngine();
      return true;
    } catch (error) {
      this.fail("The playground did not load", error);
      return false;
    }
  }

  /** The reader begins to do something, and may want to know what directives there are. */
  async expectMore() {
    await expectMore();
    if (this.model.directives.size > 0) return;
    this.model.directives = new Map(this.engine?.directives().map((row) => [row.name, row]));
  }

  /**
   * Starts a scenario and runs it to its opening moment. If the engine refuses it, what ran before goes on.
   * @param {string} id empty for a scenario of the reader's own
   * @param {Record<string, unknown>} scenario
   * @param {Moment} [moment] what was done in the run, and where to stand; the opening of the story without it
   * @returns {Promise<Refusal | null>}
   */
  async open(id, scenario, moment) {
    const { engine } = this;
    if (!engine) return null;
    let next;
    try {
      next = new engine.Playground(scenario, moment?.seed);
    } catch (error) {
      if (isPanic(error)) this.fail("The engine stopped", error);
      return refusalOf(error);
    }
    this.model.fork?.beside.playground.free();
    this.playground?.free();
    this.playground = next;
    const { model } = this;
    const run = ++this.run;
    this.target = null;
    Object.assign(model, emptyModel(), {
      catalogue: model.catalogue,
      directives: model.directives,
      speed: model.speed,
      tab: model.tab,
      beats: model.beats,
      scenarioId: id,
      scenario,
      messages: model.messages,
    });
    this.reader.watch?.restart();
    this.reader.start(next);
    await this.guard("The engine stopped", async () => {
      model.frame = new Frame(engine.layout());
      this.reader.labels();
      model.history = new History(model.labels.nodes.length, Math.max(50, model.labels.duration_ms / 600));
      if (moment) await this.repeat(moment, run);
      else await this.runTo(model.labels.pause_at_ms ?? 0, run);
      if (run !== this.run) return;
      model.phase = "ready";
      model.opening = !moment;
      this.chooseFirst();
      if (moment?.selection) this.select(moment.selection);
      this.refresh();
    });
    return null;
  }

  /** Runs to a moment in slices, sampling on the way. @param {number} time_ms @param {number} run */
  async runTo(time_ms, run) {
    const stride = Math.max(100, time_ms / 300);
    let slice = performance.now();
    while (this.playground && run === this.run && this.playground.now_ms() < time_ms) {
      const want = Math.min(stride, time_ms - this.playground.now_ms());
      const done = this.playground.advance(want, SLICE_MS);
      this.reader.sample();
      if (done <= 0) break;
      if (performance.now() - slice > SLICE_MS) {
        this.listener.text(this.model);
        await new Promise((resolve) => setTimeout(resolve));
        slice = performance.now();
      }
    }
  }

  /** Does again what was done in a run, and goes to its moment. @param {Moment} moment @param {number} run */
  async repeat({ inputs, place }, run) {
    for (const { time_ns, order, done } of inputs) {
      // A little before it, then exactly there.
      await this.runTo(time_ns / 1e6 - 0.001, run);
      if (run !== this.run || !this.playground) return;
      this.playground.go(time_ns, order, Infinity);
      try {
        this.perform(done);
      } catch (error) {
        if (isPanic(error)) throw error;
        this.model.notice = `Something that was done in this run is refused: ${refusalOf(error).message}`;
      }
    }
    await this.runTo(place[0] / 1e6 - 0.001, run);
    if (run === this.run) this.playground?.go(place[0], place[1], place[2]);
    this.reader.moved();
  }

  /** Does something, and remembers it with its place. @param {import("../types.js").Done} done */
  perform(done) {
    const { model, playground } = this;
    if (!playground) return;
    const place = playground.place();
    const [time_ns, order, inputs] = place;
    if ("do" in done) playground.action(done);
    else playground.console(done.node, done.line);
    model.inputs = [...model.inputs.slice(0, inputs), { time_ns, order, done }];
    if ([0, 1, 2].every((part) => place[part] === place[part + 3])) return;
    // Before the fork there is one run only: what changes it ends the comparison.
    if (model.fork && place[6] < model.fork.at_seq) joinRuns(this);
    model.fork?.comparison.restart();
    this.reader.forgetFuture(place[6]);
    this.listener.tell(`What was recorded after ${stamp(time_ns / 1e6)} is replaced.`);
  }

  chooseFirst() {
    const { model } = this;
    this.reader.text();
    const replica = model.labels.nodes.findIndex((_, node) => masterOf(model, node) >= 0);
    const next = nextPlanned(model);
    const wrong = model.verdict.level === "ok" ? -1 : model.verdict.node;
    const node = [wrong, next, replica, 0].find((each) => each >= 0) ?? 0;
    model.selection = { node, link: linkToMaster(model, node) };
  }

  /** Starts the same scenario again. */
  async reset() {
    const { selection, scenarioId, scenario, labels } = this.model;
    await this.open(scenarioId, scenario);
    if (this.model.phase === "ready" && labels.nodes.length === this.model.labels.nodes.length && selection.node >= 0) {
      this.selectNode(selection.node);
    }
  }

  // --- time ---

  get ready() {
    return this.model.phase === "ready" && this.playground !== undefined;
  }

  play() {
    if (!this.ready) return;
    Object.assign(this.model, { playing: true, opening: false, ended: false, quiet: false, reached: null });
    this.pace = { asked: 0, done: 0, wall: 0 };
    this.listener.text(this.model);
    this.listener.wake();
  }

  pause() {
    if (!this.model.playing) return;
    this.model.playing = false;
    this.model.reached = null;
    this.refresh();
  }

  toggle() {
    if (this.model.playing) this.pause();
    else this.play();
  }

  /** Runs until the next event, or the next that turns the story. @param {boolean} causeOnly */
  step(causeOnly) {
    this.travel(() => {
      this.model.quiet = !this.playground?.step(causeOnly);
    });
    if (this.model.quiet) this.listener.tell("No event in the next ten minutes. The run stays where it is.");
  }

  /** Goes back to where the event before had just happened, or the one that turned the story. @param {boolean} causeOnly */
  stepBack(causeOnly) {
    this.travel(() => this.playground?.step_back(causeOnly));
  }

  /** The beginning of the run. */
  home() {
    this.travel(() => this.playground?.go(0, 0, 0));
  }

  /** The last moment that was reached. */
  toEnd() {
    this.travel(() => {
      const place = this.playground?.place() ?? [];
      this.playground?.go(place[3], place[4], place[5]);
    });
  }

  /** Goes somewhere at once, stands there and says where that is. @param {() => void} go */
  travel(go) {
    if (!this.ready) return;
    Object.assign(this.model, { playing: false, opening: false, ended: false, quiet: false, reached: null });
    this.target = null;
    this.guard("The engine stopped", () => {
      go();
      this.reader.moved();
      this.refresh();
      const last = lastEvent(this.model);
      this.listener.tell(`${stamp(this.model.now_ms)}: ${last ? last.text : "the beginning"}`);
    });
  }

  /** Wants to be at a moment; the next frames go there. @param {number} time_ms @param {() => void} [arrived] */
  seek(time_ms, arrived) {
    if (!this.ready) return;
    this.arrived = arrived;
    Object.assign(this.model, { opening: false, ended: false, quiet: false });
    this.target = Math.max(time_ms, 0);
    this.listener.wake();
  }

  /** One frame on the way to where the reader wants to be. What was never computed takes as long as it takes. */
  approach() {
    this.guard("The engine stopped", () => {
      const { model, playground, reader } = this;
      const target = this.target;
      if (target === null || !playground) return;
      playground.go(Math.round(Math.min(target, model.end_ms) * 1e6), Infinity, Infinity);
      const until = performance.now() + SLICE_MS;
      const stride = Math.max(100, model.labels.duration_ms / 300);
      for (reader.sample(); model.now_ms < target && performance.now() < until; reader.sample()) {
        playground.advance(Math.min(stride, target - model.now_ms), SLICE_MS);
        // To the nanosecond, which is as exact as the engine is.
        if (target - model.now_ms < 1e-6) break;
      }
      if (model.now_ms >= target - 1e-6) this.target = null;
      reader.moved();
      this.refresh();
      if (this.target === null) this.arrived?.();
    });
  }

  /** @param {number} speed virtual seconds a second */
  setSpeed(speed) {
    this.model.speed = speed;
    this.model.reached = null;
    this.pace = { asked: 0, done: 0, wall: 0 };
    this.listener.text(this.model);
    this.listener.wake();
  }

  /** @param {1 | -1} by */
  shiftSpeed(by) {
    const at = SPEEDS.indexOf(this.model.speed);
    this.setSpeed(SPEEDS[Math.min(Math.max(at + by, 0), SPEEDS.length - 1)]);
  }

  /** One frame of playing. @param {number} elapsed_ms wall time @param {number} budget_ms wall time for the engine */
  frame(elapsed_ms, budget_ms) {
    if (!this.ready) return;
    if (this.target !== null) this.approach();
    else if (this.model.playing) this.playOn(elapsed_ms, budget_ms);
  }

  /** @param {number} elapsed_ms @param {number} budget_ms */
  playOn(elapsed_ms, budget_ms) {
    this.guard("The engine stopped", () => {
      const { model } = this;
      // To the nanosecond, which is as exact as the engine is.
      const left = Math.ceil((restAt(model) - model.now_ms) * 1e6) / 1e6;
      const asked = elapsed_ms * model.speed;
      const done = this.playground?.advance(left > 0 ? Math.min(asked, left) : asked, budget_ms) ?? 0;
      if (left > 0 && done > left - 1e-3) this.rest();
      this.notePace(asked, done, elapsed_ms);
      this.sinceText += elapsed_ms;
      if (this.sinceText >= TEXT_EVERY_MS) this.refresh();
      else this.reader.sample();
    });
  }

  /** A step is reached, or the story is told: the run rests, and goes on if the reader wants more. */
  rest() {
    const { model } = this;
    this.reader.sample();
    const ended = model.now_ms >= model.labels.duration_ms - 1e-3;
    Object.assign(model, { playing: false, ended, reached: null });
    this.refresh();
    arrive(this);
  }

  /** @param {number} asked @param {number} done @param {number} wall */
  notePace(asked, done, wall) {
    const { pace } = this;
    pace.asked += asked;
    pace.done += done;
    pace.wall += wall;
    if (pace.wall < 1000) return;
    this.model.reached = pace.done < pace.asked * 0.9 ? pace.done / pace.wall : null;
    this.pace = { asked: 0, done: 0, wall: 0 };
  }

  /** The run up to the last moment that was reached. @returns {import("../types.js").Recording | null} */
  recording() {
    const { model, playground } = this;
    if (!this.ready || !playground) return null;
    const [time_ns, order, inputs] = playground.place().slice(3);
    const { scenario, labels } = model;
    return { scenario, seed: labels.seed, inputs: model.inputs.slice(0, inputs), end: [time_ns, order, inputs] };
  }

  // --- what the reader looks at ---

  /** @param {number} node */
  selectNode(node) {
    if (node < 0 || node >= this.model.labels.nodes.length) return;
    this.model.selection = { node, link: linkToMaster(this.model, node) };
    this.model.consoleNode = node;
    this.model.refusal = null;
    this.refresh();
  }

  /** @param {number} link */
  selectLink(link) {
    this.model.selection = { node: -1, link };
    this.model.refusal = null;
    this.refresh();
  }

  /** @param {import("../types.js").Selection} selection */
  select({ node, link }) {
    if (node >= 0) this.selectNode(node);
    else if (link >= 0 && link < this.model.labels.links.length) this.selectLink(link);
  }

  /** Words above the stage, until the reader puts them away. @param {string} words */
  notice(words) {
    this.model.notice = words;
    this.listener.text(this.model);
  }

  /** Puts the narration away. */
  hush() {
    this.model.told = false;
    this.listener.text(this.model);
  }

  /** @param {import("../types.js").Tab} tab */
  setTab(tab) {
    this.model.tab = tab;
    this.refresh();
  }

  /** @param {boolean} beats */
  setBeats(beats) {
    this.model.beats = beats;
    this.model.eventsRevision += 1;
    this.listener.text(this.model);
  }

  /** @param {number} node */
  setConsoleNode(node) {
    this.model.consoleNode = node;
    this.refresh();
  }

  // --- what the reader does to the world ---

  /** The same objects as a scenario's actions, without a time. @param {Record<string, unknown>} action */
  act(action) {
    this.guard("The engine stopped", () => {
      this.model.refusal = null;
      this.model.opening = false;
      try {
        this.perform(/** @type {import("../types.js").Done} */ (action));
      } catch (error) {
        if (isPanic(error)) throw error;
        this.model.refusal = refusalOf(error);
      }
      this.refresh();
    });
  }

  /** Types a line at a node's console. @param {number} node @param {string} line */
  command(node, line) {
    this.guard("The engine stopped", () => {
      const { playground } = this;
      if (!playground) return;
      const before = playground.console_output(node, 0).next;
      this.perform({ node, line });
      if (!this.model.playing) this.awaitReply(playground, node, before + 1);
      this.refresh();
    });
  }

  /**
   * Even a reply takes virtual time. While paused, time moves until it is there, or as long as a prompt one may take.
   * @param {import("../engine.js").Playground} playground
   * @param {number} node
   * @param {number} line number of the command
   */
  awaitReply(playground, node, line) {
    for (let waited = 0; waited < PROMPT_MS; waited += PROMPT_STEP_MS) {
      if (playground.console_output(node, line).lines.length > 0) return;
      playground.advance(PROMPT_STEP_MS, SLICE_MS);
    }
  }

  // --- reading ---

  /** Reads all text again and shows it. */
  refresh() {
    this.guard("The engine stopped", () => {
      this.sinceText = 0;
      if (!this.ready) return;
      this.reader.text();
      for (const row of this.reader.takeNewCauses()) this.listener.say(row.text);
      if (this.reader.unsearched) void this.lookBack();
      if (this.model.tab === "writes" && this.model.fates?.done === false) this.readSoon();
      compare(this);
      void this.check();
      // Last: the numbers of a frame hold until the engine is called again.
      this.reader.sample();
    });
    this.listener.text(this.model);
    this.listener.wake();
  }

  /** Finds out since when full resyncs were unavoidable. */
  async lookBack() {
    this.reader.unsearched = false;
    try {
      const { findNoReturns } = await import("./no-return.js");
      await findNoReturns(this);
    } catch {
      // Without a connection the page goes on without it.
    }
  }

  /** From now on what must hold is checked. */
  startChecks() {
    this.checks = true;
    void this.check();
  }

  async check() {
    if (!this.checks || !this.ready) return;
    try {
      const { checkRun } = await import("./lights.js");
      await checkRun(this);
    } catch {
      // Without a connection the page goes on without it.
    }
  }

  readSoon() {
    this.soon ??= setTimeout(() => {
      this.soon = undefined;
      if (this.model.tab === "writes") this.refresh();
    }, 10);
  }

  /**
   * Runs engine work. A panic ends the handle, and the page says so.
   * @param {string} title
   * @param {() => void | Promise<void>} work
   */
  guard(title, work) {
    try {
      const result = work();
      return result instanceof Promise ? result.catch((error) => this.fail(title, error)) : undefined;
    } catch (error) {
      this.fail(title, error);
      return undefined;
    }
  }

  /** @param {string} title @param {unknown} error */
  fail(title, error) {
    const { model } = this;
    model.playing = false;
    model.phase = "failed";
    model.failure = {
      title,
      message:
        (isPanic(error) && this.engine?.last_panic()) || (error instanceof Error ? error.message : String(error)),
      advice: adviceFor(error),
      scenario: model.labels.title || model.scenarioId,
      seed: String(model.labels.seed),
      time_ms: model.now_ms,
      panic: isPanic(error),
    };
    // After a panic the handle's memory is not trusted: it is left alone, not freed.
    if (isPanic(error)) this.playground = undefined;
    this.listener.text(model);
  }

  dispose() {
    this.run += 1;
    clearTimeout(this.soon);
    this.model.fork?.beside.playground.free();
    this.model.fork = null;
    this.playground?.free();
    this.playground = undefined;
    this.model.playing = false;
  }
}

/** @param {unknown} error @returns {Refusal} */
export function refusalOf(error) {
  const fields = /** @type {Partial<Refusal>} */ (error);
  return {
    message: error instanceof Error ? error.message : String(error),
    path: fields.path ?? "",
    expected: fields.expected ?? "",
    found: fields.found ?? "",
  };
}

/** What the reader can do about it. @param {unknown} error */
function adviceFor(error) {
  if (error instanceof LoadError) return error.advice;
  if (error instanceof ScenarioReadError) return "Check the name or address of the scenario, or choose another.";
  return "Reload the page to go on. The same scenario and seed stop at the same moment: please report them.";
}
