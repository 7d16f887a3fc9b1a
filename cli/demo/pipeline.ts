/** The sample pipeline: it runs step by step, and each step shows what was decided, by which rule, and what came back. */
import type { CommandDecided } from '../../src/audit/event.js';
import type { Decision } from '../../src/engine/decision.js';
import { readRecording } from '../../src/audit/recording.js';
import { describeCause, describeMasks, effectWord } from '../output/decision.js';
import { findRecordings } from '../input/recordings.js';
import { paint, print } from '../output/terminal.js';
import { chooseClient } from './client.js';
import type { House } from './house.js';
import { STEPS, type Step } from './steps.js';

/** Runs all steps and returns what differed from the expected outcome. */
export async function runPipeline(house: House): Promise<string[]> {
  const client = await chooseClient();
  print(
    `${paint.bold('A sample pipeline')} ${paint.dim(`(${client.name}, with an OIDC token as its password)`)}\n`,
  );
  const surprises: string[] = [];
  for (const [index, step] of STEPS.entries()) {
    const before = new Set(findRecordings([house.recordings]));
    const login = {
      ...house.address,
      database: 'orders',
      user: step.client,
      token: house.token(step.client),
    };
    const seen = await client.run(login, step.sql);
    const decided = await lastCommand(house.recordings, before);
    print(describeStep(index + 1, step, decided, seen));
    surprises.push(...judge(index + 1, step, decided, seen));
  }
  return surprises;
}

/** The record of the command is written before the client hears of it: it is there already. */
async function lastCommand(folder: string, before: ReadonlySet<string>): Promise<CommandDecided | null> {
  let last: CommandDecided | null = null;
  for (const file of findRecordings([folder]).filter((path) => !before.has(path))) {
    for await (const step of readRecording(file)) {
      if (step.kind === 'event' && step.event.kind === 'command') last = step.event;
    }
  }
  return last;
}

function describeStep(number: number, step: Step, decided: CommandDecided | null, seen: string): string {
  const head = `${paint.bold(`${number}  ${step.client}`)} ${step.title}`;
  const decision = decided?.decision;
  const [why = '', ...more] = decision === undefined ? ['nothing was recorded'] : describe(step, decision);
  const effect = decision === undefined ? paint.red('not decided') : paint.bold(effectWord(decision.effect));
  const verdict = [`${effect} ${why}`, ...more.map((line) => `      ${line}`)];
  return [
    head,
    `   ${paint.cyan('orders=>')} ${step.sql}`,
    ...verdict.map((line) => `   ${line}`),
    ...seen.split('\n').map((line) => `   ${paint.dim('│')} ${line}`),
    '',
  ].join('\n');
}

/** Masks of columns that this step does not name would only distract. */
function describe(step: Step, decision: Decision): string[] {
  const masks = decision.masks.filter(({ selectors }) =>
    selectors.some(({ by, value }) => by === 'column' && step.sql.includes(value.split('.').at(-1)!)),
  );
  return [...describeCause(decision), ...describeMasks({ ...decision, masks })];
}

function judge(number: number, step: Step, decided: CommandDecided | null, seen: string): string[] {
  const effect = decided?.decision.effect ?? 'nothing';
  return [
    ...(effect === step.expect ? [] : [`step ${number} is ${effect}, not ${step.expect}`]),
    ...(step.shows.test(seen) ? [] : [`the client of step ${number} did not see ${String(step.shows)}`]),
    ...(step.hides?.test(seen) === true ? [`the client of step ${number} saw ${String(step.hides)}`] : []),
  ];
}
