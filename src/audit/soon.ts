/** Work that can wait for a moment, so that what comes meanwhile does it along. One timer for the whole process. */

/** Long enough for a busy session's next command to come, short enough for nobody to miss what waits. */
const MOMENT_MS = 2;

const waiting = new Set<() => void>();
let timer: NodeJS.Timeout | null = null;

/** `work` is done once, after a moment, unless it is called off. It must not throw. */
export function soon(work: () => void): void {
  waiting.add(work);
  timer ??= setTimeout(doAll, MOMENT_MS);
}

export function notSoon(work: () => void): void {
  waiting.delete(work);
}

function doAll(): void {
  timer = null;
  const all = [...waiting];
  waiting.clear();
  for (const work of all) work();
}
