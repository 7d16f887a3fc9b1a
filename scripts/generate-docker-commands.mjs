/**
 * Writes the commands of the `docker` client and their flags, as its own help lists them, into
 * src/facts/docker/command-table.ts. Run: node scripts/generate-docker-commands.mjs && npm run format
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

/** Flags that the client takes and does not list. */
const hidden = {
  'container run': ['net', 'net-alias', 'dns-opt'],
  'container create': ['net', 'net-alias', 'dns-opt'],
  'container stop': ['time/t'],
  'container restart': ['time/t'],
};
/** What plugins add is not the client's own. */
const plugins = new Set(['buildx', 'compose', 'scout', 'init', 'desktop', 'model', 'mcp', 'ai', 'debug']);

const help = (path) =>
  execFileSync('docker', [...path, '--help'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const version = /version (\d+\.\d+)/.exec(execFileSync('docker', ['--version'], { encoding: 'utf8' }))[1];

function sectionOf(text, title) {
  const found = new RegExp(`^${title}:\\n((?:[ \\t].*\\n|\\n(?=[ \\t]))*)`, 'm').exec(text);
  return found === null ? '' : found[1];
}

/** `-a, --attach list  text`: a flag without the word of a type takes no value. */
function flagsOf(text, title) {
  const lines = sectionOf(text, title).matchAll(/^ {2,6}(?:-(\w), )?--([\w-]+)(?: ([\w-]+))?(?: {2,}|$)/gm);
  return [...lines]
    .filter(([, , name]) => name !== 'help')
    .map(
      ([, short, name, type]) =>
        `${name}${short === undefined ? '' : `/${short}`}${type === undefined ? '!' : ''}`,
    );
}

function commandsOf(text) {
  const groups = ['Common Commands', 'Management Commands', 'Swarm Commands', 'Commands'];
  return groups.flatMap((group) =>
    [...sectionOf(text, group).matchAll(/^ {2}(\w[\w-]*)\*? /gm)].map(([, name]) => name),
  );
}

/** The first line of usage that is asked for without a command is the same for all: only leaves are written. */
function walk(path) {
  const text = help(path);
  const inner = path.length === 0 || /^Usage: {2}docker [\w ]+ COMMAND/m.test(text) ? commandsOf(text) : [];
  if (inner.length > 0)
    return inner
      .filter((name) => path.length > 0 || !plugins.has(name))
      .flatMap((name) => walk([...path, name]));
  const aliases = sectionOf(text, 'Aliases')
    .trim()
    .split(/, ?/)
    .filter(Boolean)
    .map((name) => name.replace(/^docker /, ''));
  const names = aliases.length > 0 ? aliases : [path.join(' ')];
  const flags = [...flagsOf(text, 'Options'), ...(hidden[names[0]] ?? [])];
  return [{ names, flags }];
}

const found = new Map(walk([]).map((command) => [command.names[0], command]));
const lines = [...found.values()]
  .sort((a, b) => (a.names[0] < b.names[0] ? -1 : 1))
  .map(({ names, flags }) => `${names.join(', ')}: ${flags.join(' ')}`.trim());
const text = `/** Written by scripts/generate-docker-commands.mjs from docker ${version}. Do not edit. */
/** The flags before a command, as those of commands below. */
export const globalFlags = '${flagsOf(help([]), 'Global Options').join(' ')}';

/**
 * A command, its other names, and its flags: \`attach/a\` takes a value and has a short form, \`detach/d!\` takes none.
 */
export const commandTable = \`
${lines.join('\n')}
\`;
`;
writeFileSync(join(root, 'src', 'facts', 'docker', 'command-table.ts'), text);
