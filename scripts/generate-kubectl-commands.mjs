/**
 * Writes the commands of kubectl, with their aliases and flags, into src/facts/kubernetes/kubectl/commands.ts, from what
 * kubectl says of itself. Of several versions the table holds all that any of them knows.
 * Run: node scripts/generate-kubectl-commands.mjs KUBECTL... with the newest first
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
const programs = process.argv.slice(2);

/** Output of both kinds, whatever the exit code; nothing is to be reached from here. */
async function ask(program, words) {
  const options = {
    env: { PATH: process.env.PATH, KUBECONFIG: '/dev/null', HOME: '/nonexistent' },
    timeout: 20_000,
  };
  const { stdout, stderr } = await run(program, words, options).catch((error) => error);
  return `${stdout}${stderr}`;
}

const section = (help, name) =>
  new RegExp(`^${name}:\\n((?:[^\\n].*\\n|\\n(?= ))*)`, 'm').exec(help)?.[1] ?? '';

function flagsOf(text) {
  return [...text.matchAll(/^ {4}(?:-(\w), )?--([\w-]+)=(.*):$/gm)].map(([, short = '', long, initial]) => ({
    ...{ short, long },
    switch: initial === 'false' || initial === 'true',
  }));
}

/** path → {aliases, flags by long name, program that knows it} */
const commands = new Map();

async function visit(program, path) {
  const help = await ask(program, [...path, '--help']);
  const names = [...help.matchAll(/^ {2}([a-z][\w-]*) {2,}\S/gm)].map(([, name]) => name);
  const isGroup = /^(Available Commands|Basic Commands.*):$/m.test(help);
  const aliases = section(help, 'Aliases').trim().split(', ').slice(1);
  const key = path.join(' ');
  const known = commands.get(key) ?? { aliases: new Set(), flags: new Map(), program };
  commands.set(key, known);
  for (const alias of aliases) known.aliases.add(alias);
  for (const flag of flagsOf(section(help, 'Options')))
    if (!known.flags.has(flag.long)) known.flags.set(flag.long, { ...flag, program });
  if (isGroup) await Promise.all(names.map((name) => visit(program, [...path, name])));
}

for (const program of programs) await visit(program, []);
const root = commands.get('');
for (const program of programs)
  for (const flag of flagsOf(await ask(program, ['options'])))
    if (!root.flags.has(flag.long)) root.flags.set(flag.long, { ...flag, program });

/** A flag that is given last and does not ask for its argument has a value of its own: `--dry-run`. */
async function isOptional(path, flag) {
  return !(await ask(flag.program, [...path, `--${flag.long}`])).includes('flag needs an argument');
}

const rows = [];
for (const [key, { aliases, flags }] of [...commands].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const path = key === '' ? [] : key.split(' ');
  const marked = await Promise.all(
    [...flags.values()].map(async (flag) => {
      const mark = flag.switch
        ? '!'
        : (await isOptional(key === '' ? ['version', '--client'] : path, flag))
          ? '?'
          : '';
      return `${flag.short === '' ? '' : `${flag.short},`}${flag.long}${mark}`;
    }),
  );
  const words = marked.sort().join(' ');
  rows.push([key, [...aliases].sort().join(' '), words]);
}

const lines = rows.map((row) => `  [${row.map((cell) => `'${cell}'`).join(', ')}],`);
writeFileSync(
  'src/facts/kubernetes/kubectl/commands.ts',
  `/** Written by scripts/generate-kubectl-commands.mjs from kubectl 1.27 to 1.33. Do not edit. */
/** Path, aliases and flags of each command; \`!\` marks switches, \`?\` flags whose value may be left out. */
// prettier-ignore
export const commandRows: readonly (readonly [path: string, aliases: string, flags: string])[] = [
${lines.join('\n')}
];
`,
);
