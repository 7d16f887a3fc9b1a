/** Whether the disk has more free space than is kept for the records of admitted sessions. */
import { statfsSync } from 'node:fs';
import type { Log } from '../log.js';
import type { GatewayConfig } from './config/settings.js';

/** How often the disk is checked, and at most logged. */
const LOOK_MS = 1000;
const TELL_MS = 60_000;

export interface Room {
  isThere(): boolean;
}

/** A file system that does not report its free space is assumed to have enough; if it has not, writing fails. */
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
