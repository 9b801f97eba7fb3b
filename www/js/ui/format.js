// @ts-check
/** Numbers as text. Every one carries its unit. */

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** 1,912,400 @param {number} value */
export function count(value) {
  return whole.format(Math.round(value));
}

/** Exact below 10 MiB, then rounded: 412,750 B, 12.4 MiB. @param {number} value */
export function bytes(value) {
  return value < 10_485_760 ? `${count(value)} B` : amount(value);
}

/** Three digits in powers of 1024, as Redis reads `1mb`: 130 B, 32.5 KiB, 1.05 MiB. @param {number} value */
export function amount(value) {
  return value < 10_240 ? `${count(value)} B` : scaled(value, 1024, ["KiB", "MiB", "GiB", "TiB"]);
}

/** Three digits in powers of 1000, as networks count: 32.5 KB/s. @param {number} bytesPerSecond */
export function rate(bytesPerSecond) {
  return `${bytesPerSecond < 1000 ? `${count(bytesPerSecond)} B` : scaled(bytesPerSecond, 1000, ["KB", "MB", "GB"])}/s`;
}

/** @param {number} value @param {number} base @param {string[]} units */
function scaled(value, base, units) {
  let unit = 0;
  let rest = value / base;
  while (rest >= 1000 && unit + 1 < units.length) {
    rest /= base;
    unit += 1;
  }
  const digits = rest < 10 ? 2 : rest < 100 ? 1 : 0;
  // Cut off, not rounded, as the engine's own texts do.
  return `${(Math.floor(rest * 10 ** digits) / 10 ** digits).toFixed(digits)} ${units[unit]}`;
}

/** 0.4 s, 20.0 s, 3 min 20 s, 2 h 5 min. @param {number} value */
export function seconds(value) {
  if (value < 100) return `${value.toFixed(1)} s`;
  const total = Math.round(value);
  if (total < 3600) return `${Math.floor(total / 60)} min ${total % 60} s`;
  const hours = Math.floor(total / 3600);
  return hours < 100 ? `${hours} h ${Math.floor((total % 3600) / 60)} min` : `${count(hours / 24)} days`;
}

/** 00:21.400, with hours only when there are any. @param {number} ms */
export function clock(ms) {
  const total = Math.floor(ms);
  const pad = (/** @type {number} */ value, /** @type {number} */ width) => String(value).padStart(width, "0");
  const hours = Math.floor(total / 3_600_000);
  const minutes = pad(Math.floor(total / 60_000) % 60, 2);
  const rest = `${minutes}:${pad(Math.floor(total / 1000) % 60, 2)}.${pad(total % 1000, 3)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** 21.400 s @param {number} ms */
export function stamp(ms) {
  return `${(ms / 1000).toFixed(3)} s`;
}

/** 1×, 0.25× @param {number} factor */
export function times(factor) {
  return `${factor < 1 ? Number(factor.toFixed(2)) : Number(factor.toFixed(factor < 10 ? 1 : 0))}×`;
}

/** 2 ms, 0.5 ms, 1.2 s @param {number} ms */
export function millis(ms) {
  return ms < 1000 ? `${Number(ms.toFixed(2))} ms` : seconds(ms / 1000);
}

/** Bandwidth in bits, as links are sold: 1 Gbit/s. @param {number} bytesPerSecond */
export function bandwidth(bytesPerSecond) {
  const bits = bytesPerSecond * 8;
  if (!Number.isFinite(bits) || bits <= 0) return "unlimited";
  if (bits >= 1e9) return `${Number((bits / 1e9).toFixed(1))} Gbit/s`;
  if (bits >= 1e6) return `${Number((bits / 1e6).toFixed(1))} Mbit/s`;
  return `${Number((bits / 1e3).toFixed(1))} kbit/s`;
}
