// @ts-check
/**
 * One frame loop a page. It runs only while a visible player has something to do, so thirty embeds cost as much as
 * those
 * that are seen. Wall time that a frame cannot turn into virtual time is dropped, never queued.
 */

/**
 * @typedef {object} Player
 * @property {() => boolean} wantsFrame whether it plays or has something to draw
 * @property {(elapsed_ms: number, budget_ms: number) => void} frame
 * @property {() => void} seen first time near the screen
 */

/** Longest wall time that counts for one frame: a hidden tab or a breakpoint is not caught up on. */
const LONGEST_FRAME_MS = 100;
/** Engine work in one frame, shared by all players. */
const ENGINE_BUDGET_MS = 8;

/** @type {Map<Element, { player: Player, visible: boolean, seen: boolean }>} */
const players = new Map();
/** @type {IntersectionObserver | undefined} */
let observer;
let handle = 0;
let last = 0;

/** @param {Element} element @param {Player} player */
export function enlist(element, player) {
  if (!observer) {
    observer = new IntersectionObserver(noteVisibility, { rootMargin: "100px" });
    document.addEventListener("visibilitychange", wake);
  }
  players.set(element, { player, visible: false, seen: false });
  observer.observe(element);
}

/** @param {Element} element */
export function dismiss(element) {
  players.delete(element);
  observer?.unobserve(element);
}

/** Asks for frames again after something changed. */
export function wake() {
  if (handle === 0 && !document.hidden) {
    last = performance.now();
    handle = requestAnimationFrame(run);
  }
}

/** @param {IntersectionObserverEntry[]} entries */
function noteVisibility(entries) {
  for (const entry of entries) {
    const place = players.get(entry.target);
    if (!place) continue;
    place.visible = entry.isIntersecting;
    if (place.visible && !place.seen) {
      place.seen = true;
      place.player.seen();
    }
  }
  wake();
}

/** @param {number} now */
function run(now) {
  handle = 0;
  if (document.hidden) return;
  const elapsed = Math.min(Math.max(now - last, 0), LONGEST_FRAME_MS);
  last = now;
  const active = [...players.values()].filter((place) => place.visible && place.player.wantsFrame());
  for (const place of active) place.player.frame(elapsed, ENGINE_BUDGET_MS / active.length);
  if (active.some((place) => place.player.wantsFrame())) handle = requestAnimationFrame(run);
}
