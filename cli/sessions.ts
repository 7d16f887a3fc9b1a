/** `policy sessions`: what was recorded, for people. */
import type { AuditEvent, CommandDecided, CommandResult } from '../src/audit/event.js';
import { readRecording } from '../src/audit/recording.js';
import { FINDING, YES, type ExitCode } from './outcome.js';
import { findRecordings, findSession, recordingsFolder, type RecordingsOptions } from './recordings.js';
import { describeDecision, effectWord } from './decision.js';
import { count, paint, print, printJson, say } from './terminal.js';
import { table } from './table.js';

export interface SessionsOptions extends RecordingsOptions {
  readonly format: 'pretty' | 'json';
}

/** A recording in a line. */
export interface SessionSummary {
  readonly session: string;
  readonly file: string;
  readonly openedAt: string;
  readonly subject: string | null;
  readonly target: string;
  readonly client: string;
  readonly commands: number;
  readonly denied: number;
  /** How it ended; `running` where it has not, `broken` and `torn` where the file cannot be read to its end. */
  readonly state: string;
}

export async function listSessions(options: SessionsOptions): Promise<ExitCode> {
  const folder = await recordingsFolder(options);
  const found = findRecordings([folder]);
  const summaries: SessionSummary[] = [];
  for (const file of found) {
    const summary = await summarize(file);
    if (summary !== null) summaries.push(summary);
  }
  summaries.sort((one, other) => (one.openedAt < other.openedAt ? -1 : 1));
  if (options.format === 'json') printJson(summaries);
  else if (summaries.length === 0) say(`no session is recorded in \`${folder}\``);
  else print(summaryTable(summaries));
  return YES;
}

function summaryTable(summaries: readonly SessionSummary[]): string {
  const rows = summaries.map((one) => [
    one.session,
    one.openedAt,
    one.subject ?? paint.dim('not admitted'),
    one.target,
    String(one.commands),
    one.denied === 0 ? '0' : paint.red(String(one.denied)),
    one.state,
  ]);
  return table(['session', 'opened', 'identity', 'target', 'commands', 'denied', 'ended'], rows);
}

/** Null where the file does not begin as a recording does. */
async function summarize(file: string): Promise<SessionSummary | null> {
  let summary: SessionSummary | null = null;
  for await (const step of readRecording(file)) {
    if (step.kind !== 'event') {
      if (summary !== null) summary = { ...summary, state: step.kind };
      break;
    }
    summary = summary === null ? begin(file, step.event) : advance(summary, step.event);
    if (summary === null) break;
  }
  return summary;
}

function begin(file: string, event: AuditEvent): SessionSummary | null {
  if (event.kind !== 'opened' && event.kind !== 'refused') return null;
  const { session, at: openedAt, client } = event;
  const base = {
    session,
    file,
    openedAt,
    client: client.application,
    commands: 0,
    denied: 0,
    state: 'running',
  };
  return event.kind === 'opened'
    ? { ...base, subject: event.identity.subject, target: event.target.name }
    : { ...base, subject: null, target: event.requested.target };
}

function advance(summary: SessionSummary, event: AuditEvent): SessionSummary {
  if (event.kind === 'closed') return { ...summary, state: event.reason };
  if (event.kind !== 'command') return summary;
  const denied = summary.denied + (event.forwarded ? 0 : 1);
  return { ...summary, commands: summary.commands + 1, denied };
}

export async function showSession(id: string, options: SessionsOptions): Promise<ExitCode> {
  const file = await findSession(id, options);
  const events: AuditEvent[] = [];
  let code: ExitCode = YES;
  for await (const step of readRecording(file)) {
    if (step.kind === 'event') {
      if (options.format === 'json') events.push(step.event);
      else print(describeEvent(step.event));
      continue;
    }
    if (step.kind === 'broken') code = FINDING;
    say(
      step.kind === 'torn'
        ? `${file}:${step.line}: the last line is torn; what came before it is whole`
        : `${file}:${step.line}: ${step.problem}; nothing after this line can be trusted`,
    );
  }
  if (options.format === 'json') printJson(events);
  return code;
}

function describeEvent(event: AuditEvent): string {
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
    case 'refused':
      return `${at} ${paint.red('not admitted')} to ${event.requested.target}: ${event.reason}`;
    case 'command':
      return `${at} ${describeCommand(event)}`;
    case 'result':
      return indent(describeResult(event));
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

function describeResult(result: CommandResult & { readonly at: string }): string {
  const lines = [paint.dim(`${outcome(result)} in ${result.milliseconds} ms`)];
  if (result.columns !== undefined && result.sample !== undefined && result.sample.length > 0) {
    lines.push(
      table(
        result.columns,
        result.sample.map((row) => row.map((cell) => cell ?? paint.dim('null'))),
      ),
    );
    if (result.sampleTruncated === true) lines.push(paint.dim('… and more'));
  }
  return lines.join('\n');
}

function outcome(result: CommandResult): string {
  const tags = result.tags.join(', ');
  if (result.outcome === 'completed') return tags === '' ? 'completed' : tags;
  const error = [result.sqlstate, result.message].filter((part) => part !== undefined).join(' ');
  return error === '' ? result.outcome : `${result.outcome}: ${error}`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '             ');
}
