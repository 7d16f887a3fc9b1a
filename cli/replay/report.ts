/** The result of a replay in each of its formats. */
import { never } from '../../src/errors.js';
import type { Decision } from '../../src/engine/decision.js';
import type { ChangedCommand, ReplaySummary } from '../../src/replay/summary.js';
import { describeCause, effectWord } from '../output/decision.js';
import { junit } from '../output/junit.js';
import type { ReplayOutcome } from './files.js';
import { count, paint } from '../output/terminal.js';

export type ReplayFormat = 'pretty' | 'json' | 'markdown' | 'junit';

export function replayReport(outcome: ReplayOutcome, format: ReplayFormat): string {
  switch (format) {
    case 'pretty':
      return pretty(outcome);
    case 'json':
      return JSON.stringify(outcome, null, 2);
    case 'markdown':
      return markdown(outcome);
    case 'junit':
      return xml(outcome);
    default:
      return never(format);
  }
}

/** `12 commands in 3 recordings, 2 decided differently than then: 1 opens, 1 closes` */
function headline({ files, refused, summary, against }: ReplayOutcome): string {
  const left = refused.length === 0 ? '' : ` (${refused.length} refused)`;
  const read = `${count(summary.commands, 'command')} in ${count(files - refused.length, 'recording')}${left}`;
  if (summary.changed === 0) return `${read}, all decided as ${against}`;
  return `${read}, ${summary.changed} decided differently than ${against}: ${directions(summary)}`;
}

function directions({ changed, opened, closed }: ReplaySummary): string {
  const other = changed - opened - closed;
  const parts = [
    `${opened} ${opened === 1 ? 'opens' : 'open'}`,
    `${closed} ${closed === 1 ? 'closes' : 'close'}`,
    ...(other === 0 ? [] : [`${other} neither`]),
  ];
  return parts.join(', ');
}

function pretty(outcome: ReplayOutcome): string {
  const changes = outcome.summary.changes.map(prettyChange);
  const strong = outcome.summary.opened > 0 ? paint.red : paint.green;
  return [...changes, strong(headline(outcome))].join('\n\n');
}

function prettyChange({ replayed, times, sessions, opens }: ChangedCommand): string {
  const { subject, target, text, changes, before, after } = replayed;
  const often = times === 1 ? '' : paint.dim(` ${times} times in ${count(sessions, 'session')}`);
  const strong = opens ? paint.red : paint.green;
  const what = changes.map((change) => strong(paint.bold(change.text)));
  return [
    `${what.join('\n')}  ${subject} on ${target}${often}`,
    text.trim().replace(/^/gm, '    '),
    side('before', before),
    side('after', after),
  ].join('\n');
}

/** `before  deny by ci.orders.drop (rules/orders.rules:7): never`. */
function side(name: string, decision: Decision): string {
  const [first = '', ...more] = describeCause(decision);
  const head = `  ${paint.dim(name.padEnd(6))} ${effectWord(decision.effect)} ${first}`;
  return [head, ...more.map((line) => `         ${line}`)].join('\n');
}

/** For a comment on a pull request. */
function markdown(outcome: ReplayOutcome): string {
  const { changes, opened } = outcome.summary;
  const sign = opened > 0 ? '⚠️' : '✅';
  const title = `### ${sign} Replay: ${headline(outcome)}`;
  if (changes.length === 0) return title;
  const rows = changes.map(({ replayed, times, opens }) => {
    const what = replayed.changes.map((change) => change.text).join(', ');
    const who = `${replayed.subject} on ${replayed.target}`;
    const cells = [
      opens ? `**${cell(what)}**` : cell(what),
      cell(who),
      code(replayed.text),
      rulesOf(replayed.before),
      rulesOf(replayed.after),
      String(times),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const head = [
    '| change | who | command | before | after | times |',
    '| --- | --- | --- | --- | --- | --- |',
  ];
  return [title, '', ...head, ...rows].join('\n');
}

function rulesOf(decision: Decision): string {
  const ids = [...decision.unknowns, ...decision.rules].map(({ id }) => `\`${cell(id)}\``);
  return ids.length === 0 ? decision.reasons.map(cell).join('; ') : [...new Set(ids)].join(', ');
}

/** Untrusted text inside a table: none of it is markup. */
function cell(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*_[\]|~@#]/g, '\\$&');
}

/** HTML, because Markdown's own code spans cannot hold every text inside a table. */
function code(text: string): string {
  const one = text.trim().replace(/\s+/g, ' ');
  const short = one.length > 200 ? `${one.slice(0, 199)}…` : one;
  const escaped = short
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[|`*_[\]\\@#~]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return `<code>${escaped}</code>`;
}

function xml({ summary, refused }: ReplayOutcome): string {
  const changed = summary.changes.map(({ replayed, opens, times }) => ({
    suite: `${replayed.subject} on ${replayed.target}`,
    name: replayed.text.trim(),
    seconds: 0,
    failure: opens
      ? {
          message: `${replayed.changes.map((change) => change.text).join(', ')} (${count(times, 'command')})`,
          detail: [side('before', replayed.before), side('after', replayed.after)].join('\n'),
        }
      : null,
  }));
  const broken = refused.map(({ file, line, problem }) => ({
    suite: 'recordings',
    name: file,
    seconds: 0,
    failure: { message: problem, detail: `${file}:${line}: ${problem}` },
  }));
  const same = summary.commands - summary.changed;
  const unchanged = {
    suite: 'unchanged',
    name: `${count(same, 'command')} decided as before`,
    seconds: 0,
    failure: null,
  };
  return junit('policy replay', [...changed, ...broken, unchanged]);
}
