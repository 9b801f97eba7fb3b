// @ts-check
/** Colours by meaning, type, and the parts that every view uses: buttons, fields, tables, levels. */

export const BASE = /* css */ `
:host { display: block; }
:host([hidden]) { display: none; }
.frame {
  --psync-bg: light-dark(#f6f7f5, #0d1216);
  --psync-panel: light-dark(#ffffff, #141b21);
  --psync-sunk: light-dark(#f0f2f1, #0e151a);
  --psync-ink: light-dark(#182026, #e8edf1);
  --psync-mute: light-dark(#56616b, #98a6b2);
  --psync-line: light-dark(#dfe3e4, #25303a);
  --psync-stream: light-dark(#0a62ab, #5cb0f2);
  --psync-beat: light-dark(#2880b3, #8ccdf0);
  --psync-ok: light-dark(#00775a, #3fc9a0);
  --psync-risk: light-dark(#945700, #f0b155);
  --psync-lost: light-dark(#bf3a14, #ff8a66);
  --psync-snapshot: light-dark(#7446a0, #c49bea);
  --psync-down: light-dark(#66707a, #8d9ba7);
  --psync-mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
  --psync-sans: system-ui, "DejaVu Sans", sans-serif;
  color-scheme: light dark;
  container: psync / inline-size;
  height: 100%;
  font: 13px/1.4 var(--psync-sans);
  color: var(--psync-ink);
  background: var(--psync-line);
  -webkit-text-size-adjust: 100%;
  text-size-adjust: 100%;
}
:host([theme="light"]) .frame { color-scheme: light; }
:host([theme="dark"]) .frame { color-scheme: dark; }
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
h1, h2, h3, p, pre, ul, ol, dl, dd, table, figure { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h1, h2, h3 { font-size: 13px; font-weight: 600; }
button, input, select, textarea { font: inherit; color: inherit; margin: 0; }
:focus { outline: none; }
:focus-visible { outline: 2px solid var(--psync-stream); outline-offset: 2px; border-radius: 6px; }
.hidden-text {
  position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0;
  overflow: hidden; clip-path: inset(50%); white-space: nowrap; border: 0;
}
.mono, .number { font-family: var(--psync-mono); font-variant-numeric: tabular-nums; }
.mute { color: var(--psync-mute); }
.icon {
  width: 16px; height: 16px; flex: none; fill: none; stroke: currentColor;
  stroke-width: 2; stroke-linecap: round; stroke-linejoin: round;
}
[data-level="ok"] { --level: var(--psync-ok); }
[data-level="risk"] { --level: var(--psync-risk); }
[data-level="lost"] { --level: var(--psync-lost); }
[data-level="down"] { --level: var(--psync-down); }
[data-level="snapshot"] { --level: var(--psync-snapshot); }
.level { color: var(--level); }

.button {
  display: inline-flex; align-items: center; justify-content: center; gap: 6px;
  min-height: 30px; padding: 3px 10px; border: 1px solid var(--psync-line); border-radius: 7px;
  background: var(--psync-panel); color: var(--psync-ink); white-space: nowrap; cursor: pointer;
}
.button:hover { background: var(--psync-sunk); border-color: var(--psync-down); }
.button:disabled {
  color: var(--psync-mute); cursor: default; opacity: .55; background: none; border-color: var(--psync-line);
}
.button.primary {
  background: var(--psync-stream); border-color: var(--psync-stream); color: var(--psync-panel); font-weight: 600;
}
.button.primary:hover { filter: brightness(1.08); }
.button[aria-pressed="true"] {
  border-color: var(--level, var(--psync-stream)); color: var(--level, var(--psync-stream));
}
.button.plain { border-color: transparent; background: none; }
.button.plain:hover { background: var(--psync-sunk); }
kbd {
  font: 11px/1 var(--psync-mono); color: var(--psync-mute); border: 1px solid var(--psync-line);
  border-radius: 4px; padding: 2px 4px; background: var(--psync-sunk);
}
.button kbd { border: 0; background: none; padding: 0; }
.picker { position: relative; display: inline-flex; align-items: center; min-width: 0; }
.picker select {
  appearance: none; min-height: 30px; min-width: 0; max-width: 100%; padding: 3px 28px 3px 10px; cursor: pointer;
  border: 1px solid var(--psync-line); border-radius: 7px; background: var(--psync-sunk); text-overflow: ellipsis;
}
.picker select:hover { border-color: var(--psync-down); }
.picker option { background: var(--psync-panel); color: var(--psync-ink); }
.picker .icon {
  position: absolute; right: 8px; width: 12px; height: 12px; pointer-events: none; color: var(--psync-mute);
}
.field {
  min-height: 28px; padding: 2px 8px; border: 1px solid var(--psync-line); border-radius: 6px;
  background: var(--psync-panel); font-family: var(--psync-mono); font-size: 12px; min-width: 0;
}
.field:hover { border-color: var(--psync-down); }

table { border-collapse: collapse; width: 100%; }
th { font-weight: 400; color: var(--psync-mute); text-align: right; vertical-align: bottom; }
td, th { padding: 3px 0 3px 10px; font-size: 12px; }
td { text-align: right; font-family: var(--psync-mono); font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
td:nth-child(2):last-child { overflow-wrap: anywhere; }
th[scope="row"], td:first-child {
  text-align: left; font-family: var(--psync-sans); color: var(--psync-mute); padding-left: 0; vertical-align: top;
}
th:first-child { text-align: left; padding-left: 0; }
tr + tr > td, tbody tr > th[scope="row"], tbody tr > td { border-top: 1px solid var(--psync-line); }
pre, .code {
  font: 12px/1.5 var(--psync-mono); background: var(--psync-sunk); border-radius: 7px; padding: 8px 10px;
  white-space: pre-wrap; overflow-wrap: anywhere;
}
dialog {
  border: 1px solid var(--psync-line); border-radius: 12px; background: var(--psync-panel); color: var(--psync-ink);
  padding: 18px 20px; width: min(620px, calc(100vw - 24px)); max-height: calc(100dvh - 24px); overflow: auto;
}
dialog::backdrop { background: rgb(8 12 16 / .45); }
@media (pointer: coarse) {
  .button, .picker select { min-height: 40px; }
  .field { min-height: 40px; font-size: 16px; }
}
@media (forced-colors: active) {
  .button, .card, .link-label { border: 1px solid ButtonText; }
  .button[aria-pressed="true"], .card[aria-pressed="true"] { outline: 2px solid Highlight; }
}
`;
