// @ts-check
/** Where the parts stand: two columns on a page, one in an embed, one with sticky ends on a phone. */

export const LAYOUT = /* css */ `
.app {
  display: grid; gap: 1px; min-height: 100%; background: var(--psync-line);
  grid-template:
    "header" auto "strip" auto "opening" auto "stage" auto "transport" auto "time" 196px "side" 420px
    / minmax(0, 1fr);
}
.app > * { background: var(--psync-panel); min-width: 0; }
.header { grid-area: header; }
.strip { grid-area: strip; }
.above { grid-area: opening; }
.stage { grid-area: stage; display: flex; flex-direction: column; min-height: 0; overflow: hidden auto; }
.side { grid-area: side; position: relative; }
.side-inner { position: absolute; inset: 0; display: flex; flex-direction: column; }
.time { grid-area: time; position: relative; }
.transport { grid-area: transport; }
.topology { flex: 1 0 216px; }

.header { display: flex; align-items: center; gap: 8px 12px; padding: 8px 16px; min-height: 48px; flex-wrap: wrap; }
.header .brand {
  display: flex; align-items: center; gap: 12px; font-size: 14px; font-weight: 650; white-space: nowrap;
}
.header .brand .icon { width: 24px; height: 24px; color: var(--psync-stream); }
.header .end { margin-left: auto; display: flex; gap: 8px; }
.header .profile { color: var(--psync-mute); white-space: nowrap; }
.header .title { font-size: 14px; font-weight: 600; }
.header .picker { flex: 0 1 auto; }

.tabs {
  display: flex; border-bottom: 1px solid var(--psync-line); overflow-x: auto; flex: none; scrollbar-width: none;
  padding: 0 4px;
}
.tab {
  border: 0; background: none; padding: 10px 12px 9px; color: var(--psync-mute); cursor: pointer; white-space: nowrap;
  border-bottom: 2px solid transparent;
}
.tab:hover { color: var(--psync-ink); }
.tab[aria-selected="true"] { color: var(--psync-ink); font-weight: 600; border-bottom-color: var(--psync-stream); }
.tab:focus-visible { outline-offset: -3px; }
.panel { flex: 1; min-height: 0; overflow: auto; padding: 12px 16px; }
.panel:focus-visible { outline-offset: -2px; }

.app:not([data-messages]) .tab-message { display: none; }

@container psync (min-width: 1080px) {
  .app {
    height: 100%;
    grid-template:
      "header header" auto "strip strip" auto "opening opening" auto
      "stage side" minmax(392px, 1fr) "time events" 180px "transport transport" auto
      / minmax(0, 1fr) minmax(340px, 404px);
  }
  /* A narration takes its room from the pictures, so that the page still needs no scrolling on a small screen. */
  .app:has(.narration:not([hidden])) {
    grid-template-rows: auto auto auto minmax(352px, 1fr) 164px auto;
  }
  .app:has(.narration:not([hidden])) .topology { flex-basis: 176px; }
  .events { grid-area: events; position: relative; }
  .tab-events { display: none; }
  .app[data-tab="events"] .panel-inspector { display: block !important; }
}
@container psync (max-width: 1079.9px) {
  .topology { flex-basis: 250px; }
  .topology[data-mode="tree"] { flex: none; }
  .events { grid-area: side; margin-top: 40px; z-index: 1; position: relative; }
  .app:not([data-tab="events"]) .events { display: none; }
}
@container psync (max-width: 859.9px) {
  .header .optional { display: none; }
  .header .picker { flex: 1 1 150px; }
  .header .picker select { width: 100%; }
}
@container psync (max-width: 559.9px) {
  .app { grid-template-rows: auto auto auto auto auto 190px 440px; }
  .header { padding: 6px 12px; }
  .header .brand-name { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .header .profile { display: none; }
  .header .picker { flex: 1 1 0; }
  .header .picker select { width: 100%; }
  .strip { position: sticky; top: 0; z-index: 4; }
  .transport { position: sticky; bottom: 0; z-index: 4; }
  .app {
    grid-template-areas: "header" "strip" "opening" "stage" "time" "side" "transport";
    grid-template-rows: auto auto auto auto 200px 440px auto;
  }
  .topology { flex: none; }
  .tabs { padding: 0; }
  .tab { padding: 12px 9px 11px; }
  .panel { padding: 12px; }
}
`;
