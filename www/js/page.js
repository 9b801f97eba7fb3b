// @ts-check
/** Puts the views together, and turns what the reader does into wishes to the store. */

import { expectStory } from "./engine.js";
import { Store } from "./state/store.js";
import { fork, joinRuns, switchRuns } from "./state/fork.js";
import { decodeMoment, encodeMoment, fingerprint, LinkError } from "./state/link.js";
import { PAGE } from "./paths.js";
import { endsOf } from "./state/model.js";
import { nextStep, previousStep, stepsOf } from "./state/narration.js";
import { readCatalogue, readScenario, ScenarioReadError } from "./state/scenarios.js";
import { dismiss, enlist, wake } from "./scheduler.js";
import { Announcer } from "./ui/announce.js";
import { h, setAttribute } from "./ui/dom.js";
import { stamp } from "./ui/format.js";
import { handleKey } from "./ui/keys.js";
import { later } from "./ui/later.js";
import { readPalette, registerColours } from "./ui/theme.js";
import { actionsView, wishes } from "./views/actions.js";
import { consoleView } from "./views/console.js";
import { helpDialog, scenarioDialog } from "./views/dialogs.js";
import { eventsView } from "./views/events.js";
import { forkView } from "./views/fork.js";
import { failureView } from "./views/failure.js";
import { headerView, openingView } from "./views/header.js";
import { inspectorView } from "./views/inspector.js";
import { lazyView } from "./views/lazy.js";
import { noticeView } from "./views/notice.js";
import { rulerView } from "./views/ruler.js";
import { settingsView } from "./views/settings.js";
import { stripView } from "./views/strip.js";
import { tabsView } from "./views/tabs.js";
import { timelineView } from "./views/timeline.js";
import { topologyView } from "./views/topology.js";
import { transportView } from "./views/transport.js";
import { writesView } from "./views/writes.js";

/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./types.js").EventRow} EventRow */

/** A write by hand counts, so that its reply shows that it arrived. */
const HAND_WRITE = "INCR written-by-hand";
/** When the page has been open for so long, the rest of the engine is loaded even if the reader only looks. */
const SETTLED_MS = 8000;

export class Page {
  /** @param {HTMLElement} host @param {{ picker: boolean }} options */
  constructor(host, options) {
    registerColours();
    this.host = host;
    this.options = options;
    this.announcer = new Announcer();
    /** @type {import("./ui/theme.js").Palette | undefined} */
    this.colours = undefined;
    this.dirty = true;
    this.store = new Store({
      text: () => this.showText(),
      wake: () => this.wake(),
      say: (sentence) => this.announcer.say(sentence),
      tell: (sentence) => this.announcer.tell(sentence),
    });
    this.help = helpDialog();
    this.editor = scenarioDialog({
      run: (scenario) => this.store.open("", scenario),
      current: () => this.store.model.scenario,
    });
    /** The diagram and the inspector of a message, which are loaded when they are asked for. */
    this.diagram = lazyView("messages-place");
    this.message = lazyView("message-place");
    this.views = this.buildViews();
    this.app = this.buildApp();
    this.element = h(
      "div",
      { class: "frame" },
      this.app,
      this.announcer.element,
      this.help.element,
      this.editor.element,
    );
    this.element.addEventListener("keydown", (event) => handleKey(event, this.keyTarget()));
    for (const begin of ["pointerover", "pointerdown", "focusin"]) {
      this.element.addEventListener(begin, () => void this.begin(), { once: true, passive: true });
    }
    this.watchTheme();
    this.showText();
  }

  get model() {
    return this.store.model;
  }

  /** The reader begins to do something. */
  async begin() {
    await this.store.expectMore();
    this.store.startChecks();
  }

  buildViews() {
    const { store } = this;
    const page = {
      model: () => store.model,
      palette: () => this.palette(),
      relayout: () => this.relayout(),
      act: (/** @type {Record<string, unknown> | null} */ action) => void (action && store.act(action)),
      selectNode: (/** @type {number} */ node) => store.selectNode(node),
      selectLink: (/** @type {number} */ link) => store.selectLink(link),
      selectEvent: (/** @type {EventRow} */ row) =>
        row.node >= 0 ? store.selectNode(row.node) : row.link >= 0 ? store.selectLink(row.link) : undefined,
      setBeats: (/** @type {boolean} */ beats) => store.setBeats(beats),
      command: (/** @type {number} */ node, /** @type {string} */ line) => store.command(node, line),
      setConsoleNode: (/** @type {number} */ node) => store.setConsoleNode(node),
      writeOnce: () => this.writeOnce(),
      play: () => store.play(),
      toggle: () => store.toggle(),
      step: (/** @type {boolean} */ cause) => store.step(cause),
      stepBack: (/** @type {boolean} */ cause) => store.stepBack(cause),
      seek: (/** @type {number} */ time_ms) => store.seek(time_ms),
      showChecks: () => this.showChecks(),
      share: () => void this.share(),
      save: () => void this.save(),
      fork: () => fork(store),
      switchRuns: () => switchRuns(store),
      joinRuns: () => joinRuns(store),
      twin: () => void this.twin(),
      tcpTwin: () => void this.tcpTwin(),
      toggleMessages: () => void this.toggleMessages(),
      nextStep: () => nextStep(store),
      previousStep: () => previousStep(store),
      hush: () => store.hush(),
      notice: (/** @type {string} */ words) => store.notice(words),
      reset: () => void store.reset(),
      setSpeed: (/** @type {number} */ speed) => store.setSpeed(speed),
      openScenario: (/** @type {string} */ id) => void this.open(id),
      edit: () => this.editor.show(),
      help: () => this.help.show(),
      again: () => location.reload(),
    };
    const checks = later(
      (model) => model.tab === "checks",
      async () => (await import("./views/checks.js")).checksView(page),
    );
    return {
      header: headerView(page, this.options.picker),
      strip: stripView(page),
      notice: noticeView(page),
      fork: forkView(page),
      narration: later(
        (model) => model.phase === "ready" && stepsOf(model).length > 0,
        async () => (await import("./views/narration.js")).narrationView(page),
      ),
      opening: openingView(page),
      actions: actionsView(page),
      topology: topologyView(page),
      ruler: rulerView(),
      diagram: this.diagram,
      transport: transportView(page),
      time: timelineView(page),
      events: eventsView(page),
      side: tabsView(
        [
          { tab: "message", title: "Message", view: this.message },
          { tab: "inspector", title: "Inspector", view: inspectorView(page) },
          { tab: "events", title: "Events", view: null },
          { tab: "console", title: "Console", view: consoleView(page) },
          { tab: "settings", title: "Settings", view: settingsView(page) },
          { tab: "writes", title: "Writes", view: writesView(page) },
          { tab: "checks", title: "Checks", view: checks },
        ],
        (tab) => store.setTab(tab),
      ),
      failure: failureView(page),
    };
  }

  buildApp() {
    const { views } = this;
    const stage = h(
      "div",
      { class: "stage", role: "group", "aria-label": "Stage" },
      views.actions.element,
      views.topology.element,
      views.ruler.element,
      views.diagram.element,
    );
    return h(
      "div",
      { class: "app", tabindex: -1, role: "region", "aria-label": "PSYNC Playground", "data-role": "app" },
      views.header.element,
      views.strip.element,
      h("div", { class: "above" }, views.notice.element, views.fork.element, views.narration.element, views.opening.element),
      stage,
      views.transport.element,
      views.time.element,
      views.events.element,
      views.side.element,
      views.failure.element,
    );
  }

  /** Shows every message as a line, or the topology again. */
  async toggleMessages() {
    const { store, model } = this;
    if (model.phase !== "ready") return;
    const [state, { messagesView }, { messageView }] = await Promise.all([
      import("./state/messages.js"),
      import("./views/messages.js"),
      import("./views/message.js"),
    ]);
    if (model.messages) {
      state.closeMessages(store);
      this.relayout();
      return;
    }
    const page = {
      model: () => store.model,
      palette: () => this.palette(),
      seek: (/** @type {number} */ time_ms) => store.seek(time_ms),
      setWindow: (/** @type {number} */ window_ms) => state.changeMessages(store, { window_ms }),
      setClients: (/** @type {boolean} */ clients) => state.changeMessages(store, { clients }),
      selectMessage: (/** @type {number} */ number) => state.selectMessage(store, number),
      stepMessage: (/** @type {number} */ by) => state.stepMessage(store, by),
      selectNode: (/** @type {number} */ node) => store.selectNode(node),
      inspectMessage: () => this.inspectMessage(),
      closeMessages: () => void this.toggleMessages(),
    };
    this.diagram.load(() => messagesView(page));
    this.message.load(() => messageView(page));
    state.openMessages(store);
  }

  /** Goes on reading at the selected message. */
  inspectMessage() {
    this.store.setTab("message");
    /** @type {HTMLElement | null | undefined} */ (this.message.element.parentElement)?.focus();
  }

  /** Goes on reading at the list of what is checked. */
  showChecks() {
    this.store.setTab("checks");
    /** @type {HTMLElement | null} */ (this.element.querySelector("#panel-checks"))?.focus();
  }

  /** @param {import("./ui/keys.js").KeyTarget} [target] */
  keyTarget(target) {
    const { store, model } = this;
    const act = (/** @type {Record<string, unknown> | null} */ action) => void (action && store.act(action));
    return (
      target ?? {
        toggle: () => store.toggle(),
        step: (cause) => store.step(cause),
        stepBack: (cause) => store.stepBack(cause),
        home: () => store.home(),
        toEnd: () => store.toEnd(),
        share: () => void this.share(),
        save: () => void this.save(),
        fork: () => fork(store),
        twin: () => void this.twin(),
        nextStep: () => nextStep(store),
        previousStep: () => previousStep(store),
        messages: () => void this.toggleMessages(),
        shiftSpeed: (by) => store.shiftSpeed(by),
        selectNode: (node) => store.selectNode(node),
        cutOrHeal: () => act(wishes.cutOrHeal(model)),
        freezeOrResume: () => act(wishes.freezeOrResume(model)),
        promote: () => act(wishes.promote(model)),
        writeOnce: () => this.writeOnce(),
        help: () => this.help.show(),
      }
    );
  }

  /** One write, where the clients write. */
  writeOnce() {
    const { model, store } = this;
    if (model.phase !== "ready") return;
    store.command(model.labels.clients[0]?.to ?? 0, HAND_WRITE);
  }

  /**
   * Loads the engine and the first scenario.
   * @param {string} reference id or address; empty for the first of the catalogue
   * @param {string} code a link to a moment, if there is one
   */
  async start(reference, code) {
    const { store, model } = this;
    if (!(await store.load())) return;
    try {
      if (this.options.picker || reference === "") model.catalogue = await readCatalogue();
      setTimeout(() => void this.begin(), SETTLED_MS);
      if (code === "") await this.open(reference || model.catalogue[0]?.id || "");
      else await this.follow(code);
    } catch (error) {
      store.fail("The scenario did not load", error);
    }
  }

  /** Opens the moment of a link. One that cannot be followed is explained. @param {string} code */
  async follow(code) {
    const { store, model } = this;
    try {
      const link = await decodeMoment(code);
      await store.expectMore();
      const id = typeof link.scenario === "string" ? link.scenario : "";
      const scenario = typeof link.scenario === "string" ? await readScenario(id) : link.scenario;
      const refusal = await store.open(id, scenario, link.moment);
      if (refusal) throw new LinkError(`its scenario is refused: ${refusal.message}`);
      store.startChecks();
      if (id !== "" && link.fingerprint !== fingerprint(scenario)) {
        store.notice("The scenario has been changed since this link was made: the run may be another.");
      }
    } catch (error) {
      if (!(error instanceof LinkError || error instanceof ScenarioReadError)) throw error;
      if (model.phase !== "ready") {
        const [first] = await readCatalogue();
        await this.open(this.host.getAttribute("scenario") || first.id);
      }
      store.notice(`The link to a moment could not be followed: ${error.message}. Here is another run.`);
    }
  }

  /** Copies a link to this moment. */
  async share() {
    const { store, model } = this;
    const place = store.playground?.place();
    if (model.phase !== "ready" || !place) return;
    const code = await encodeMoment(model, [...place]);
    const address = new URL(`#${code}`, PAGE).href;
    this.host.dispatchEvent(new CustomEvent("psync-share", { detail: code, bubbles: true, composed: true }));
    try {
      await navigator.clipboard.writeText(address);
      store.notice(`Copied a link to ${stamp(model.now_ms)} of this run: ${address.length} characters.`);
    } catch {
      store.notice(`The browser keeps its clipboard to itself. The link to this moment is ${address}`);
    }
  }

  /** Shows what the run can be saved as. */
  async save() {
    const { store, model } = this;
    const { exportDialog } = await import("./views/export.js");
    if (!this.exports) {
      const palette = () => this.palette();
      const picture = () => {
        const canvas = this.diagram.element.querySelector("canvas");
        return canvas && canvas.clientWidth > 0 ? { width: canvas.clientWidth, height: canvas.clientHeight } : null;
      };
      this.exports = exportDialog({
        source() {
          const { engine } = store;
          const recording = store.recording();
          if (!engine || !recording) return null;
          return { engine, model, recording, name: model.scenarioId, palette: palette(), picture };
        },
        failed: (error) => store.fail("The engine stopped", error),
      });
      this.element.append(this.exports.element);
    }
    this.exports.show();
  }

  /** Asks what shall differ in a twin of the run. */
  async twin() {
    if (this.model.phase !== "ready") return;
    const { twinDialog } = await import("./views/twin.js");
    if (!this.twins) {
      this.twins = twinDialog(this.store);
      this.element.append(this.twins.element);
    }
    this.twins.show();
  }

  /** The same run with the selected link over TCP, beside this one. */
  async tcpTwin() {
    const { store, model } = this;
    const { link } = model.selection;
    if (model.phase !== "ready" || link < 0) return;
    const { makeTwin, withLink } = await import("./state/twin.js");
    const ends = endsOf(model, link);
    const refusal = await makeTwin(store, withLink(ends, { transport: "tcp" }), `${ends.join(" – ")} over tcp`);
    if (refusal) store.notice(`The twin is refused: ${refusal.message}`);
  }

  /** @param {string} reference */
  async open(reference) {
    const { store, model } = this;
    try {
      const [scenario] = await Promise.all([readScenario(reference), expectStory(reference)]);
      const refusal = await store.open(reference, scenario);
      if (!refusal) return;
      // With nothing to keep running, the panel stays behind the editor.
      if (model.phase !== "ready") store.fail("The scenario is refused", new ScenarioReadError(refusal.message));
      this.editor.explain(scenario, refusal);
    } catch (error) {
      if (model.phase !== "ready") {
        store.fail("The scenario did not load", error);
      } else {
        model.refusal = {
          message: error instanceof Error ? error.message : String(error),
          path: "",
          expected: "",
          found: "",
        };
        this.showText();
      }
    }
  }

  // --- showing ---

  showText() {
    const { model } = this;
    setAttribute(this.app, "aria-label", `PSYNC Playground: ${model.labels.title || "loading"}`);
    setAttribute(this.app, "data-tab", model.tab);
    setAttribute(this.app, "data-messages", model.messages !== null);
    setAttribute(this.app, "data-phase", model.phase);
    for (const view of Object.values(this.views)) view.text?.(model);
    this.wake();
  }

  wake() {
    this.dirty = true;
    wake();
  }

  /** The room changed: what depends on it is placed again. */
  relayout() {
    this.views.topology.text?.(this.model);
    this.views.ruler.text?.(this.model);
    this.wake();
  }

  wantsFrame() {
    return this.dirty || this.model.playing || this.store.target !== null;
  }

  /** @param {number} elapsed_ms @param {number} budget_ms */
  frame(elapsed_ms, budget_ms) {
    this.dirty = false;
    this.store.frame(elapsed_ms, budget_ms);
    this.dirty = false;
    for (const view of Object.values(this.views)) view.draw?.(this.model);
  }

  palette() {
    this.colours ??= readPalette(this.element);
    return this.colours;
  }

  watchTheme() {
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.onTheme = () => this.themeChanged();
    this.dark.addEventListener("change", this.onTheme);
  }

  themeChanged() {
    this.colours = undefined;
    this.wake();
  }

  connect() {
    enlist(this.host, {
      wantsFrame: () => this.wantsFrame(),
      frame: (elapsed, budget) => this.frame(elapsed, budget),
      seen: () => {
        const asked = (/** @type {string} */ name) => this.host.getAttribute(name) ?? "";
        void this.start(asked("scenario"), asked("moment"));
      },
    });
  }

  dispose() {
    dismiss(this.host);
    this.announcer.stop();
    if (this.onTheme) this.dark?.removeEventListener("change", this.onTheme);
    this.store.dispose();
  }
}
