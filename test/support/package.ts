/** The package as `npm pack` makes it of what is built. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The path of the tarball, in a folder of its own below `folder`. */
export function packInto(folder: string): string {
  const packed = join(folder, 'packed');
  mkdirSync(packed);
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', packed];
  execFileSync('npm', args, { cwd: resolve('.') });
  return join(packed, readdirSync(packed)[0]!);
}

/** For npm: nothing comes from a registry, and whatever asks for one fails. */
export function offline(folder: string): Readonly<Record<string, string>> {
  return { npm_config_offline: 'true', npm_config_cache: join(folder, 'cache') };
}
