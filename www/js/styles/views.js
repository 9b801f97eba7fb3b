// @ts-check
/** The looks of each view, in the order of the page. */

export const VIEWS = /* css */ `
/* answer strip */
.strip {
  display: grid; grid-template-columns: auto minmax(0, 1fr) auto; align-items: center; gap: 4px 18px;
  min-height: 68px; padding: 5px 16px 5px 0;
}
.strip::before { content: ""; position: absolute; }
.strip { border-left: 6px solid var(--level); padding-left: 16px; }
.strip .mark {
  display: flex; align-items: center; gap: 8px; font-weight: 700; letter-spacing: .02em; color: var(--level);
}
.strip .mark .icon { stroke-width: 2.6; width: 18px; height: 18px; }
.strip .lights {
  display: inline-flex; align-items: center; gap: 7px; min-height: 24px; margin: 1px 0 0 -5px; padding: 1px 5px; border: 0;
  border-radius: 6px; background: none; font-size: 12px; white-space: nowrap; color: var(--psync-mute); cursor: pointer;
}
.strip .headline { font-size: 15px; line-height: 1.35; }
.strip .detail { color: var(--psync-mute); line-height: 1.3; text-wrap: pretty; }
.strip .clock { text-align: right; }
.strip .clock-time { font: 600 20px/1.15 var(--psync-mono); font-variant-numeric: tabular-nums; }
.strip .clock-state { font: 12px/1.3 var(--psync-mono); color: var(--psync-mute); white-space: nowrap; }
.strip .clock-state.slow { color: var(--psync-risk); }
@container psync (max-width: 859.9px) {
  .strip { grid-template-columns: minmax(0, 1fr) auto; }
  .strip .say { grid-column: 1 / 3; grid-row: 2; min-height: 56px; }
}
@container psync (max-width: 559.9px) {
  .strip .say { min-height: 84px; }
  .strip { padding: 6px 12px 8px 10px; min-height: 0; box-shadow: 0 1px 0 var(--psync-line); }
  .strip .headline { font-size: 14px; line-height: 1.3; }
  .strip .detail { font-size: 12px; line-height: 1.35; }
  .strip .clock-time { font-size: 16px; }
  .strip .clock-state { display: none; }
}

/* opening sentence */
.opening {
  display: flex; align-items: center; gap: 10px 16px; padding: 8px 16px;
  background: color-mix(in srgb, var(--psync-stream) 9%, var(--psync-panel)) !important;
}
.opening p { flex: 1; font-size: 14px; text-wrap: pretty; }
@container psync (max-width: 559.9px) {
  .opening { padding: 8px 12px 10px; flex-direction: column; align-items: stretch; }
  .opening p { font-size: 13px; }
}

.notice {
  display: flex; align-items: center; gap: 8px; padding: 4px 8px 4px 16px;
  background: color-mix(in srgb, var(--psync-risk) 12%, var(--psync-panel));
}
.notice p { flex: 1; overflow-wrap: anywhere; }

.fork {
  display: flex; flex-wrap: wrap; align-items: center; gap: 6px 8px; padding: 5px 8px 5px 16px;
  background: color-mix(in srgb, var(--psync-snapshot) 10%, var(--psync-panel));
}
.fork .button { min-height: 26px; padding-block: 1px; }
.fork p { flex: 1 1 260px; overflow-wrap: anywhere; }
.fork p.mute { flex-basis: 100%; font-size: 12px; }

/* what can be done to the selection */
.actions {
  flex: none; display: flex; align-items: center; flex-wrap: wrap; gap: 6px 8px; padding: 7px 16px; min-height: 44px;
  border-bottom: 1px solid var(--psync-line);
}
.actions .group { display: flex; align-items: center; gap: 6px; flex-wrap: wrap; }
.actions .group:not([hidden]) + .group { border-left: 1px solid var(--psync-line); padding-left: 10px; }
.actions .subject { font-weight: 600; margin-right: 2px; white-space: nowrap; }
.actions .button, .actions .picker select { min-height: 28px; padding-block: 2px; }
.actions .button { padding-inline: 8px; }
.actions .button .icon { width: 14px; height: 14px; }
.actions select[data-role="follow"] { width: 98px; }
.actions select[data-role="silence"] { width: 106px; }
.refusal { flex-basis: 100%; color: var(--psync-lost); font-size: 12px; }
@media (pointer: coarse) { .actions .button, .actions .picker select { min-height: 40px; } }
@container psync (max-width: 759.9px) {
  .actions { min-height: 78px; align-content: start; }
  .actions .group { flex-basis: 100%; }
  .actions .group:not([hidden]) + .group { border-left: 0; padding-left: 0; }
}
@container psync (max-width: 559.9px) { .actions { padding: 7px 12px; } }

/* topology */
.topology { position: relative; overflow: hidden auto; }
.topology-space { position: relative; min-height: 100%; }
.topology canvas { position: absolute; inset: 0; width: 100%; height: 100%; display: block; pointer-events: none; }
.card, .client {
  position: absolute; display: block; text-align: left; padding: 7px 12px; border-radius: 10px;
  border: 1.5px solid var(--psync-line); background: var(--psync-panel); font-size: 12px; line-height: 1.38;
}
.card { cursor: pointer; }
.card:hover { border-color: var(--psync-down); }
.card[data-level="risk"] { border: 1.5px dashed var(--psync-risk); }
.card[data-level="lost"] { border: 1.5px dashed var(--psync-lost); }
.card[data-level="down"] { border: 1.5px dashed var(--psync-down); }
.card[data-level="snapshot"] { border: 1.5px solid var(--psync-snapshot); }
.card[aria-pressed="true"] { box-shadow: 0 0 0 2px var(--psync-stream); border-color: transparent; }
.card[aria-pressed="true"]:not([data-level="ok"]) {
  border-color: var(--level); box-shadow: 0 0 0 2px var(--psync-panel), 0 0 0 4px var(--psync-stream);
}
.card:focus-visible { outline-offset: 4px; border-radius: 10px; }
.card .head { display: flex; align-items: center; flex-wrap: wrap; gap: 0 6px; white-space: nowrap; }
.card .title { display: flex; align-items: center; gap: 6px; }
.card .head .icon { width: 15px; height: 15px; color: var(--level); stroke-width: 2.4; }
.card .name { font-weight: 600; font-size: 13px; }
.card .state { color: var(--level); font-size: 11.5px; overflow: hidden; text-overflow: ellipsis; }
.card .line, .client .line {
  display: block; font-family: var(--psync-mono); font-size: 11.25px; font-variant-numeric: tabular-nums;
  color: var(--psync-mute); overflow-wrap: anywhere;
}
.card .line:first-of-type { color: var(--psync-ink); }
.card .next { display: block; font-size: 11.5px; color: var(--psync-mute); }
.card .meter {
  display: block; height: 5px; margin-top: 6px; border-radius: 3px; background: var(--psync-sunk); overflow: hidden;
}
.card .meter i { display: block; height: 100%; background: var(--psync-stream); opacity: .6; }
.card .meter.transfer i { background: var(--psync-snapshot); opacity: 1; }
.topology[data-size="medium"] .card .line:nth-child(3) { display: none; }
.topology[data-size="small"] .next, .topology[data-size="small"] .card .line + .line { display: none; }
.topology[data-size="tiny"] .card :is(.next, .line, .meter) { display: none; }
.topology[data-size="tiny"] .card { padding-block: 4px; }
.client { padding-inline: 10px; }
.client .name { font-weight: 600; }
.client .line { font-family: inherit; }
.client .line.refused { color: var(--psync-lost); }
.link-label {
  position: absolute; height: 38px; border: 0; background: none; padding: 0; cursor: pointer; text-align: center;
  font-size: 11px; line-height: 1.3; color: var(--psync-mute); border-radius: 6px;
}
.link-label:hover { background: color-mix(in srgb, var(--psync-sunk) 80%, transparent); color: var(--psync-ink); }
.link-label[aria-pressed="true"] .word {
  text-decoration: underline; text-underline-offset: 3px; color: var(--psync-stream);
}
.link-label :is(.word, .below) { position: absolute; left: -3px; right: -3px; text-wrap: balance; }
.link-label .word { bottom: calc(50% + 8px); }
.link-label .below { top: calc(50% + 8px); }
.link-label .below span { display: block; }
.link-label.beside {
  text-align: left; height: 36px; line-height: 36px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis;
}
.link-label.beside :is(.word, .below, .line) { position: static; display: inline !important; }
.link-label.beside .below span::before { content: " · "; }
.link-label:not([data-level="ok"]) .word { color: var(--level); font-weight: 600; }

/* offset ruler */
.ruler {
  flex: none; padding: 8px 16px 10px; border-top: 1px solid var(--psync-line); display: grid;
  grid-template-columns: 84px minmax(0, 1fr) 84px 160px; column-gap: 12px;
}
.ruler { min-height: 128px; align-content: start; }
.ruler .ruler-title {
  grid-column: 1 / 5; display: flex; gap: 4px 10px; flex-wrap: wrap; font-size: 12px; margin-bottom: 4px;
}
.ruler svg { grid-column: 2; grid-row: 2 / span var(--lanes); width: 100%; display: block; overflow: visible; }
.ruler svg text { font-size: 11px; fill: var(--psync-mute); font-variant-numeric: tabular-nums; }
.ruler .top {
  grid-row: 2; height: 42px; display: flex; align-items: flex-end; justify-content: flex-end; padding-bottom: 5px;
  color: var(--psync-mute); font-size: 12px; white-space: nowrap;
}
.ruler .lane-text { display: contents; }
.ruler .lane-text > * {
  grid-row: var(--row); height: var(--lane); display: flex; align-items: center; white-space: nowrap;
  overflow: hidden;
}
.ruler .who { grid-column: 1; gap: 5px; }
.ruler .who span { overflow: hidden; text-overflow: ellipsis; }
.ruler .who .icon { color: var(--level); width: 13px; height: 13px; stroke-width: 2.6; }
.ruler .behind { grid-column: 3; justify-content: flex-end; }
.ruler .slack { grid-column: 4; justify-content: flex-end; }
.ruler .lane-text > :is(.behind, .slack) { font: 11.5px var(--psync-mono); font-variant-numeric: tabular-nums; }
.ruler .lane-text > .slack { color: var(--level); }
.ruler .band { fill: var(--psync-stream); opacity: .17; }
.ruler .track { fill: var(--psync-sunk); }
.ruler .lane { stroke: var(--psync-line); stroke-width: 1; }
.ruler .cliff { stroke: var(--psync-lost); stroke-width: 2; }
.ruler .head { stroke: var(--psync-stream); stroke-width: 2.5; }
.ruler .gap { fill: var(--level); opacity: .3; }
.ruler .slackline { stroke: var(--level); stroke-width: 1.4; fill: none; }
.ruler .marker { fill: var(--level); stroke: var(--psync-panel); stroke-width: 1; }
.ruler svg text.cliff-text { fill: var(--psync-lost); stroke: none; }
.ruler svg text.head-text { fill: var(--psync-ink); stroke: none; }
@container psync (max-width: 859.9px) {
  .ruler {
    grid-template-columns: 78px minmax(0, 1fr) 80px 158px; column-gap: 8px;
  }
}
@container psync (max-width: 559.9px) {
  .ruler { padding: 8px 12px 12px; grid-template-columns: 78px minmax(0, 1fr) 84px; }
  .ruler .behind.top { display: none; }
  .ruler .slack.top { grid-column: 3; }
  .ruler .lane-text > .behind { grid-column: 3; align-items: flex-start; padding-top: 1px; font-size: 11px; }
  .ruler .lane-text > .slack { grid-column: 3; align-items: flex-end; padding-bottom: 1px; font-size: 11px; }
  .ruler .long { display: none; }
}

/* time strip */
.time { touch-action: pan-y; cursor: ew-resize; user-select: none; overflow: hidden; }
.time canvas { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
.time .handle {
  position: absolute; top: 2px; left: 0; padding: 1px 9px; border-radius: 10px; background: var(--psync-ink);
  color: var(--psync-panel); font: 11.5px/16px var(--psync-mono); white-space: nowrap; cursor: grab;
}
.time .handle:active { cursor: grabbing; }
.time .handle:focus-visible { border-radius: 10px; }
@media (pointer: coarse) { .time .handle::after { content: ""; position: absolute; inset: -10px -14px -14px; } }

/* transport */
.transport { display: flex; align-items: center; gap: 8px; padding: 7px 16px; flex-wrap: wrap; }
.transport .play { min-width: 92px; }
.transport .legend { margin-left: auto; }
.legend {
  display: flex; gap: 4px 14px; flex-wrap: wrap; color: var(--psync-mute); font-size: 12px;
}
.legend span { display: inline-flex; align-items: center; gap: 5px; }
.legend svg { width: 20px; height: 10px; overflow: visible; }
@container psync (min-width: 980px) and (max-width: 1399.9px) {
  .transport :is([data-role="reset"], [data-role="fork"], [data-role="twin"], [data-role="messages-toggle"]) .label { display: none; }
}
@container psync (max-width: 979.9px) { .transport .legend { display: none; } }
@container psync (max-width: 859.9px) {
  .transport :is([data-role="fork"], [data-role="twin"], [data-role="messages-toggle"]) .label { display: none; }
}
@container psync (max-width: 559.9px) {
  .transport { padding: 7px 12px; gap: 6px; flex-wrap: nowrap; box-shadow: 0 -1px 0 var(--psync-line); }
  .transport .button .label { display: none; }
  .transport .button { flex: 1; min-height: 44px; padding-inline: 0; }
  .transport .play { flex: 1.6; min-width: 0; }
  .transport [data-role="twin"] { display: none; }
  .transport .picker select { width: 68px; min-height: 44px; padding-right: 20px; }
}

/* events */
.events { display: flex; flex-direction: column; min-height: 0; }
.events-head {
  display: flex; align-items: center; justify-content: space-between; padding: 7px 16px 5px; flex: none;
}
.events-head label {
  display: flex; gap: 6px; align-items: center; color: var(--psync-mute); font-size: 12px; cursor: pointer;
}
.events-head input { accent-color: var(--psync-stream); margin: 0; }
.events-list { flex: 1; overflow-y: auto; min-height: 0; padding: 0 8px 8px; }
.event {
  display: grid; grid-template-columns: 70px 16px minmax(0, 1fr); gap: 6px; width: 100%; text-align: left; border: 0;
  background: none;
  padding: 3px 8px; border-radius: 6px; font-size: 12px; line-height: 1.35; cursor: pointer; align-items: start;
}
.event:hover { background: var(--psync-sunk); }
.event:focus-visible { outline-offset: -2px; }
.event .at {
  white-space: nowrap;
  font-family: var(--psync-mono); font-size: 11.5px; color: var(--psync-mute); text-align: right;
  font-variant-numeric: tabular-nums;
}
.event .icon { width: 13px; height: 13px; margin-top: 1.5px; color: var(--level); stroke-width: 2.4; }
.event.beat .what { color: var(--psync-mute); }
.event.latest .what { font-weight: 600; }
.since {
  border: 0; padding: 0; background: none; font: inherit; text-align: left; color: var(--psync-lost);
  text-decoration: underline; text-underline-offset: 2px; cursor: pointer;
}
.since:disabled { color: inherit; text-decoration: none; cursor: default; }
.events .since { font-size: 12px; line-height: 1.35; margin: 0 8px 4px 106px; }

/* inspector */
.inspector section + section { margin-top: 16px; }
.inspector > section { margin-top: 0 !important; }
.section-head { margin-bottom: 4px; }
.section-head .note { font-weight: 400; color: var(--psync-mute); margin-left: 4px; }
.inspector th[scope="row"] { white-space: nowrap; }
.inspector .texts th[scope="row"] { white-space: normal; }
.inspector .code { margin-top: 4px; }
.inspector .changed { color: var(--psync-stream); }
.inspector { display: flex; flex-direction: column; gap: 16px; }
.inspector .first { order: -1; }
.link-form { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 8px 10px; align-items: end; }
.link-form label { display: grid; gap: 2px; font-size: 12px; color: var(--psync-mute); }
.link-form label:last-of-type { grid-column: 1 / 3; }
.link-form .picker { display: flex; }
.link-form .picker select { flex: 1; }
.link-form .field { color: var(--psync-ink); width: 100%; }

/* console */
.console { display: flex; flex-direction: column; gap: 8px; height: 100%; }
.console-head { display: flex; align-items: center; gap: 8px; flex: none; }
.console-log { flex: 1; min-height: 0; overflow: auto; margin: 0; }
.console-log .in { color: var(--psync-stream); }
.console-log .error { color: var(--psync-lost); }
.console-log span { display: block; min-height: 1.5em; }
.console form { display: flex; gap: 8px; align-items: center; flex: none; }
.console form label { font: 12px var(--psync-mono); color: var(--psync-mute); white-space: nowrap; }
.console form .field { flex: 1; }

/* settings */
.settings-head { display: flex; gap: 8px; margin-bottom: 8px; flex-wrap: wrap; }
.settings-head .field { flex: 1; min-width: 120px; }
.setting {
  display: grid; grid-template-columns: minmax(0, 1.25fr) minmax(0, 1fr); gap: 0 10px; align-items: center;
  padding: 4px 0; border-top: 1px solid var(--psync-line);
}
.setting label { font: 12px/1.3 var(--psync-mono); overflow-wrap: anywhere; }
.setting .field { width: 100%; }
.setting .field:read-only { border-color: transparent; background: none; color: var(--psync-mute); }
.setting .help { grid-column: 1 / 3; font-size: 11.5px; color: var(--psync-mute); }
.setting.altered label::after {
  content: " changed"; color: var(--psync-stream); font-family: var(--psync-sans); font-size: 11px;
}

/* dialogs and failure */
.dialog-head { display: flex; justify-content: space-between; align-items: start; gap: 12px; margin-bottom: 10px; }
.dialog-head h2 { font-size: 16px; }
.dialog-body { display: grid; gap: 10px; }
.dialog-body a { color: var(--psync-stream); }
.dialog-body textarea {
  border: 1px solid var(--psync-line); border-radius: 7px; background: var(--psync-sunk);
  width: 100%; height: min(46dvh, 380px); resize: vertical; padding: 10px; font: 12px/1.5 var(--psync-mono);
  tab-size: 2;
}
.dialog-foot { display: flex; gap: 8px; flex-wrap: wrap; justify-content: flex-end; align-items: center; }
.problem {
  border-left: 4px solid var(--psync-lost); background: var(--psync-sunk); border-radius: 4px 7px 7px 4px;
  padding: 8px 12px;
}
.problem dl, .failure dl {
  display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 2px 12px; font-size: 12px;
}
.problem dt, .failure dt { color: var(--psync-mute); }
.problem dd, .failure dd { font-family: var(--psync-mono); overflow-wrap: anywhere; }
.keys { display: grid; grid-template-columns: auto 1fr; gap: 6px 14px; align-items: baseline; }
.keys dt { text-align: right; }
.failure {
  grid-area: stage; padding: 24px; display: grid; gap: 10px; align-content: start;
  border-left: 6px solid var(--psync-lost); z-index: 2; overflow: auto;
}
.failure h2 { font-size: 16px; color: var(--psync-lost); display: flex; align-items: center; gap: 8px; }
.failure pre { max-height: 160px; overflow: auto; }
`;
