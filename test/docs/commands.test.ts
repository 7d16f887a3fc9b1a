/** Every `policy` command line in the documentation, and in what `policy init` writes, is one that the program takes. */
import { expect, test } from '@jest/globals';
import { Command } from 'commander';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addBundleCommands } from '../../cli/program/bundles.js';
import { addDecisionCommands } from '../../cli/program/decisions.js';
import { addEditorCommands } from '../../cli/program/editor.js';
import { addGatewayCommands } from '../../cli/program/gateway.js';
import { addPipelineCommands } from '../../cli/program/pipeline.js';
import { addRecordCommands } from '../../cli/program/records.js';
import { addRuleCommands } from '../../cli/program/rules.js';

const program = new Command('policy').version('0');
for (const add of [
  addRuleCommands,
  addDecisionCommands,
  addRecordCommands,
  addBundleCommands,
  addEditorCommands,
  addGatewayCommands,
  addPipelineCommands,
])
  add(program);

const pages = ['README.md', 'cli/init/draft.ts', 'rules/README.md', 'CHANGELOG.md'].concat(
  readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
);

/** From `policy` to the end of the command: of the line, of the code span, or where the shell ends it. */
function commandsIn(text: string): readonly string[] {
  const found: string[] = [];
  const code = [...text.matchAll(/^```\w*[^\n]*\n([\s\S]*?)^```/gm)].flatMap(([, block]) =>
    block!.split('\n'),
  );
  const spans = [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`]+)`/g)].map(
    ([, span]) => span!,
  );
  for (const line of [...code, ...spans.map((span) => span.replaceAll('\n', ' '))])
    for (const [, command] of line.matchAll(
      /(?:^|[\s'"(`])(?:npx )?policy ((?:[a-z][a-z-]*|--?\w)(?:[^#|;&`\n)]|&(?!&))*)/g,
    ))
      found.push(command!.trim());
  return found;
}

/** What is wrong with a command line, or null. Prose that only names a command has no options, and is looked at too. */
function problemOf(line: string): string | null {
  const [own = ''] = line.split(/ -- |'--/);
  let command: Command = program;
  const words = own.split(/[\s,]+/);
  while (words.length > 0) {
    const next = command.commands.find((one) => one.name() === words[0]);
    if (next === undefined) break;
    command = next;
    words.shift();
  }
  if (command === program && !/^-/.test(words[0] ?? '') && words[0] !== 'help')
    return `no command in \`policy ${line}\``;
  const known = [...command.options, ...program.options].flatMap(({ long, short }) => [long, short]);
  const unknown = words
    .map((word) => /^\[?(--?[a-z][a-z-]*)/i.exec(word)?.[1])
    .find((option) => option !== undefined && option !== '--help' && !known.includes(option));
  return unknown === undefined ? null : `\`policy ${line}\` has no option ${unknown}`;
}

test.each(pages)('%s', (page) => {
  const problems = commandsIn(readFileSync(page, 'utf8')).map(problemOf);
  expect(problems.filter((problem) => problem !== null)).toEqual([]);
});

test('there are command lines to look at, and a wrong one is found', () => {
  expect(pages.flatMap((page) => commandsIn(readFileSync(page, 'utf8'))).length).toBeGreaterThan(100);
  expect(problemOf('lint rules --stric')).toContain('--stric');
  expect(problemOf('lnt rules')).toContain('no command');
});
