// @ts-check
/**
 * What the page has seen so far, for the time strip: each replica's gap in bytes, sampled as the run went by. Time
 * is cut
 * into buckets that keep the largest gap; when there are too many, neighbours are joined.
 */

const MOST_BUCKETS = 1200;

export class History {
  /** @param {number} nodes @param {number} bucket_ms width of a bucket at the start */
  constructor(nodes, bucket_ms) {
    this.bucket_ms = bucket_ms;
    this.length = 0;
    /** Largest gap of each node in each bucket, in bytes; NaN where nothing was seen. @type {number[][]} */
    this.gaps = Array.from({ length: nodes }, () => []);
    this.largest = 0;
  }

  /** @param {number} time_ms @param {number} node @param {number} gap_bytes */
  note(time_ms, node, gap_bytes) {
    const series = this.gaps[node];
    if (!series || gap_bytes < 0) return;
    while (time_ms / this.bucket_ms >= MOST_BUCKETS) this.join();
    const index = Math.floor(time_ms / this.bucket_ms);
    while (series.length <= index) series.push(NaN);
    series[index] = Number.isNaN(series[index]) ? gap_bytes : Math.max(series[index], gap_bytes);
    this.length = Math.max(this.length, index + 1);
    this.largest = Math.max(this.largest, gap_bytes);
  }

  /** Another history with the same past. */
  copy() {
    const copy = new History(0, this.bucket_ms);
    copy.gaps = this.gaps.map((series) => [...series]);
    copy.length = this.length;
    copy.largest = this.largest;
    return copy;
  }

  /** Forgets what lies behind a moment. @param {number} time_ms */
  truncate(time_ms) {
    this.length = Math.min(this.length, Math.ceil(time_ms / this.bucket_ms));
    this.gaps = this.gaps.map((series) => series.slice(0, this.length));
    this.largest = this.gaps.flat().reduce((most, gap) => (gap > most ? gap : most), 0);
  }

  join() {
    this.bucket_ms *= 2;
    this.length = Math.ceil(this.length / 2);
    this.gaps = this.gaps.map((series) => {
      const half = [];
      for (let i = 0; i < series.length; i += 2) {
        const [left, right] = [series[i], series[i + 1] ?? NaN];
        half.push(Number.isNaN(left) ? right : Number.isNaN(right) ? left : Math.max(left, right));
      }
      return half;
    });
  }
}
