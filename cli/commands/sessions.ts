/** `policy sessions`: what was recorded, for people. */
import type { AuditEvent, CommandDecided, CommandResult } from '../../src/audit/event.js';
import { readRecording } from '../../src/audit/recording.js';
import { protocolNamed } from '../../src/protocols/list.js';
import type { Protocol, ShownResult } from '../../src/protocols/protocol.js';
import { FINDING, YES, type ExitCode } from '../output/outcome.js';
import type { ListedSession } from '../../src/audit/session-index.js';
import { findSession, recordingsFolder, type RecordingsOptions } from '../input/recordings.js';
import { findSessions, type SessionFilter } from '../input/session-filter.js';
import { describeDecision, effectWord } from '../output/decision.js';
import { count, paint, print, printJson, say } from '../output/terminal.js';
import { table } from '../output/table.js';

export interface SessionsOptions extends RecordingsOptions {
  readonly format: 'pretty' | 'json';
}

export async function listSessions(options: SessionsOptions & SessionFilter): Promise<ExitCode> {
  const folder = await recordingsFolder(options);
  const found = await findSessions(folder, options);
  if (options.format === 'json') printJson(found);
  else if (found.length === 0)
    say(`no session ${isFiltered(options) ? 'that matches ' : ''}is recorded in \`${folder}\``);
  else print(sessionTable(found));
  return YES;
}

function isFiltered({ since, identity, target, denied, text }: SessionsOptions & SessionFilter): boolean {
  return [since, identity, target, denied, text].some((one) => one !== undefined);
}

const HEADINGS = ['session', 'opened', 'identity', 'target', 'commands', 'denied', 'ended'] as const;

/** Columns as wide as what is in them. A drawn table of a hundred thousand rows takes minutes. */
function sessionTable(found: readonly ListedSession[]): string {
  const rows = found.map((one) => [
    one.session,
    one.openedAt,
    plain(one.subject ?? 'not admitted'),
    plain(one.target),
    String(one.commands),
    String(one.denied),
    one.state,
  ]);
  const widths = HEADINGS.map((heading) => heading.length);
  for (const row of rows)
    for (let at = 0; at < row.length; at++) if (row[at]!.length > widths[at]!) widths[at] = row[at]!.length;
  const line = (row: readonly string[]): string =>
    row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at]!))).join('  ');
  return [paint.bold(line(HEADINGS)), ...rows.map(line)].join('\n');
}

/** A client's own text must not control the reader's terminal. */
function plain(text: string): string {
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text) ? JSON.stringify(text) : text;
}

export async function showSession(id: string, options: SessionsOptions): Promise<ExitCode> {
  const file = await findSession(id, options);
  const events: AuditEvent[] = [];
  let code: ExitCode = YES;
  let protocol: Protocol | null = null;
  for await (const step of readRecording(file)) {
    if (step.kind === 'event') {
      if (options.format === 'json') events.push(step.event);
      else {
        if (step.event.kind === 'opened') protocol = protocolNamed(step.event.protocol);
        print(describeEvent(step.event, protocol));
      }
      continue;
    }
    if (step.kind === 'broken') code = FINDING;
    say(
      step.kind === 'torn'
        ? `${file}:${step.line}: the last line is torn; everything before it is intact`
        : `${file}:${step.line}: ${step.problem}; nothing after this line can be trusted`,
    );
  }
  if (options.format === 'json') printJson(events);
  return code;
}

function describeEvent(event: AuditEvent, protocol: Protocol | null): string {
  const at = paint.dim(event.at.slice(11, 23));
  switch (event.kind) {
    case 'opened': {
      const { identity, target, client } = event;
      const groups = identity.groups.length === 0 ? 'no group' : identity.groups.join(', ');
      return [
        `${paint.bold(`session ${event.session}`)} ${event.at.slice(0, 10)}`,
        `${at} ${identity.subject} (${groups}) on ${target.name} from ${client.application || 'a client'} at ${client.address}`,
      ].join('\n');
    }
    case 'refused': {
      const { requested, reason, unrecorded, client } = event;
      const more = unrecorded === undefined ? '' : ` (${count(unrecorded, 'login')})`;
      return `${at} ${paint.red('not admitted')} to ${requested.target} from ${client.address}: ${reason}${more}`;
    }
    case 'command':
      return `${at} ${describeCommand(event)}`;
    case 'result':
      return indent(describeResult(event, protocol));
    case 'frame':
      return indent(
        paint.dim(`${event.stream} of channel ${event.channel}, ${count(event.data.length, 'character')}`),
      );
    case 'review': {
      const by = event.by === undefined ? '' : ` by ${event.by}`;
      return indent(
        `review ${event.review} ${event.state}${by}${event.reason === undefined ? '' : `: ${event.reason}`}`,
      );
    }
    case 'channel':
      return `${at} channel ${event.channel} (${event.type}) ${event.state}${event.code === undefined ? '' : `: ${event.code}`}`;
    case 'file':
      return indent(
        `${event.operation} ${event.path}${event.bytes === undefined ? '' : `, ${count(event.bytes, 'byte')}`}`,
      );
    case 'closed':
      return `${at} closed (${event.reason}${event.detail === undefined ? '' : `: ${event.detail}`}) after ${count(event.commands, 'command')}`;
  }
}

function describeCommand(event: CommandDecided): string {
  const head = `${paint.dim(`#${event.command}`)} ${effectWord(event.decision.effect)} ${event.text.trim()}`;
  const parameters =
    event.parameters === undefined || event.parameters.length === 0
      ? []
      : [`with ${event.parameters.map((value) => JSON.stringify(value)).join(', ')}`];
  return [head, ...[...parameters, ...describeDecision(event.decision)].map(indent)].join('\n');
}

function describeResult(result: CommandResult & { readonly at: string }, protocol: Protocol | null): string {
  const shown = protocol?.show(result.detail) ?? null;
  const lines = [paint.dim(`${outcome(result, shown)} in ${result.milliseconds} ms`)];
  const { columns, rows } = shown?.table ?? { columns: [], rows: [] };
  if (rows.length > 0) {
    lines.push(
      table(
        columns,
        rows.map((row) => row.map((cell) => cell ?? paint.dim('null'))),
      ),
    );
    if (shown?.more === true) lines.push(paint.dim('… and more'));
  }
  return lines.join('\n');
}

function outcome({ outcome: ended, code }: CommandResult, shown: ShownResult | null): string {
  const summary = shown?.summary ?? '';
  if (ended === 'completed') return summary === '' ? 'completed' : summary;
  const error = [code, shown?.message ?? undefined].filter((part) => part !== undefined).join(' ');
  return error === '' ? ended : `${ended}: ${error}`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '             ');
}
