// @ts-check
/** Numbers as text. Every one carries its unit. */

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** 1,912,400 @param {number} value */
export function count(value) {
  return whole.format(Math.round(value));
}

/** Exact below 10 MB, then rounded: 412,750 B, 12.4 MB. @param {number} value */
export function bytes(value) {
  const size = Math.abs(value);
  if (size < 1e7) return `${count(value)} B`;
  if (size < 1e10) return `${(value / 1e6).toFixed(size < 1e8 ? 1 : 0)} MB`;
  return `${(value / 1e9).toFixed(1)} GB`;
}

/** Three digits at most: 130 B, 32.5 KB, 1.05 MB. @param {number} value */
export function shortBytes(value) {
  let size = Math.abs(value);
  if (size < 1000) return `${Math.round(value)} B`;
  const sign = value < 0 ? "-" : "";
  for (const unit of ["KB", "MB", "GB"]) {
    size /= 1000;
    if (size < 999.5 || unit === "GB") return `${sign}${size.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0)} ${unit}`;
  }
  return "";
}

/** @param {number} bytesPerSecond */
export function rate(bytesPerSecond) {
  return `${shortBytes(bytesPerSecond)}/s`;
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
