/** Figures of several rounds. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Three significant digits, with thin groups: `12,300`. */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

/** `0.42`. */
export function ratio(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : '–';
}

/** `12 µs`, `1.4 ms`. */
export function duration(microseconds: number): string {
  if (!Number.isFinite(microseconds)) return '–';
  if (microseconds < 1000) return `${significant(microseconds)} µs`;
  return `${significant(microseconds / 1000)} ms`;
}

/** Calls `work` for about `milliseconds` and gives the microseconds of one call. */
export function timePerCall(work: () => void, milliseconds: number): number {
  let calls = 0;
  let batch = 1;
  const start = process.hrtime.bigint();
  for (;;) {
    for (let i = 0; i < batch; i++) work();
    calls += batch;
    const elapsed = Number(process.hrtime.bigint() - start);
    if (elapsed > milliseconds * 1e6) return elapsed / 1000 / calls;
    // A look at the clock costs as much as a fast decision: let there be few.
    if (elapsed < milliseconds * 1e5) batch *= 2;
  }
}
