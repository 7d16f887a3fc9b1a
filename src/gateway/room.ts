/** Whether the disk has more than the part that is kept for the records of sessions that were admitted already. */
import { statfsSync } from 'node:fs';
import type { Log } from '../log.js';
import type { GatewayConfig } from './config/settings.js';

/** A disk does not fill up within less, and the log is not told more often. */
const LOOK_MS = 1000;
const TELL_MS = 60_000;

export interface Room {
  isThere(): boolean;
}

/** A file system that does not say how much it has is taken to have enough: writing to it fails where it has not. */
export function createRoom(config: () => GatewayConfig, log: Log): Room {
  let lookedAt = -Infinity;
  let toldAt = -Infinity;
  let there = true;
  const look = (now: number): void => {
    const { folder, reserveBytes } = config().recordings;
    const free = freeBytes(folder);
    lookedAt = now;
    there = free >= reserveBytes;
    if (there || now - toldAt < TELL_MS) return;
    toldAt = now;
    const fields = { code: 'disk-reserve', folder, freeBytes: free, reserveBytes } as const;
    log.error(fields, 'the disk is nearly full: nobody new is admitted, and refused logins are not recorded');
  };
  return {
    isThere() {
      const now = performance.now();
      if (!there || now - lookedAt > LOOK_MS) look(now);
      return there;
    },
  };
}

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}
