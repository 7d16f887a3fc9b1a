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

/**
 * Calls `work` for about `milliseconds` of processor time and gives the microseconds of one call: what else runs on the
 * machine costs less than it would by the clock on the wall. Collecting garbage counts.
 */
export function timePerCall(work: () => void, milliseconds: number): number {
  let calls = 0;
  let batch = 1;
  const start = process.cpuUsage();
  for (;;) {
    for (let i = 0; i < batch; i++) work();
    calls += batch;
    const { user, system } = process.cpuUsage(start);
    const elapsed = user + system;
    if (elapsed > milliseconds * 1000) return elapsed / calls;
    // Asking for the time costs as much as a fast decision: let there be few questions.
    if (elapsed < milliseconds * 100) batch *= 2;
  }
}
