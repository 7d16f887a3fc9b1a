/** A progress line for long work. Only on a terminal: in a log it would be noise. */
import { count, paintTalk } from './terminal.js';

const REDRAW_MS = 100;

export interface Progress {
  /** Progress out of `total`, if that is known. */
  step(done: number, total?: number): void;
  end(): void;
}

export function startProgress(label: string, noun: string): Progress {
  if (!process.stderr.isTTY) return { step: () => undefined, end: () => undefined };
  let drawn = 0;
  return {
    step: (done, total) => {
      const now = performance.now();
      if (now - drawn < REDRAW_MS) return;
      drawn = now;
      const far = total === undefined ? count(done, noun) : `${done} of ${count(total, noun)}`;
      process.stderr.write(`\r\u001b[2K${paintTalk.dim(`${label} ${bar(done, total)}${far}`)}`);
    },
    end: () => {
      if (drawn !== 0) process.stderr.write('\r\u001b[2K');
    },
  };
}

function bar(done: number, total: number | undefined): string {
  if (total === undefined || total === 0) return '';
  const width = 24;
  const full = Math.min(width, Math.round((done / total) * width));
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} `;
}
