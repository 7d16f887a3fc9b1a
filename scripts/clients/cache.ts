/** Where tools are kept once they are installed: SALLYPORT_CLIENTS_CACHE, or `var/clients` of the checkout. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

export interface Cache {
  readonly folder: string;
  /**
   * Makes what is not there yet, in a folder named after what goes into it: other versions have a folder of their own. A
   * run that was interrupted leaves nothing that looks whole.
   */
  keep(name: string, contents: readonly string[], make: (folder: string) => Promise<void>): Promise<string>;
}

export function openCache(root: string): Cache {
  const folder = resolve(process.env['SALLYPORT_CLIENTS_CACHE'] ?? join(root, 'var', 'clients'));
  const made = new Map<string, Promise<string>>();
  return {
    folder,
    keep: (name, contents, make) => {
      const hash = createHash('sha256').update(contents.join('\n')).digest('hex').slice(0, 12);
      const place = join(folder, `${name}-${hash}`);
      const known = made.get(place) ?? makeOnce(place, name, make);
      made.set(place, known);
      return known;
    },
  };
}

async function makeOnce(
  place: string,
  name: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  if (existsSync(place)) return place;
  const started = Date.now();
  process.stderr.write(`Installing ${name} …\n`);
  const work = `${place}.${process.pid}`;
  try {
    await mkdir(work, { recursive: true });
    await chmod(work, 0o755);
    await make(work);
    // Another run may have made it meanwhile: then that one serves both.
    await rename(work, place).catch((error: unknown) => {
      if (!existsSync(place)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  process.stderr.write(`Installed ${name} in ${Math.round((Date.now() - started) / 1000)} s.\n`);
  return place;
}
