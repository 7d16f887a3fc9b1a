/** The engines side by side: they must give the same answers before any of them is timed. */
import { engines } from './engines.js';
import { plainRequests, plainRules, ruleSizes } from './plain-rules.js';
import { duration, median, significant, timePerCall } from './statistics.js';

interface Contest {
  readonly engine: string;
  readonly size: number;
  readonly ask: () => void;
  /** Microseconds of a decision, one for each round. */
  readonly times: number[];
}

export async function measureEngines(
  rounds: number,
  milliseconds: number,
  progress: (what: string) => void,
): Promise<readonly string[]> {
  const contests: Contest[] = [];
  for (const size of ruleSizes) contests.push(...(await contestsOf(size, progress)));
  for (let round = 0; round <= rounds; round++) {
    for (const { engine, size, ask, times } of contests) {
      progress(`${engine}: ${size} rules, round ${round} of ${rounds}`);
      const time = timePerCall(ask, milliseconds);
      if (round > 0) times.push(time);
    }
  }
  const cell = (engine: string, size: number): string => {
    const time = median(contests.find((one) => one.engine === engine && one.size === size)!.times);
    return `${significant(1e6 / time)} (${nanoseconds(time)})`;
  };
  return [
    `| decisions/s (time of one) | ${ruleSizes.map((size) => `${significant(size)} rules`).join(' | ')} |`,
    `| --- |${' --- |'.repeat(ruleSizes.length)}`,
    ...engines.map(({ name }) => `| ${name} | ${ruleSizes.map((size) => cell(name, size)).join(' | ')} |`),
  ];
}

async function contestsOf(size: number, progress: (what: string) => void): Promise<Contest[]> {
  const rules = plainRules(size);
  const requests = plainRequests(size);
  let agreed: string | null = null;
  const contests: Contest[] = [];
  for (const { name, load } of engines) {
    progress(`${name} reads ${size} rules`);
    const questions = await load(rules, requests);
    const answers = JSON.stringify(questions.map((question) => question()));
    agreed ??= answers;
    if (answers !== agreed) throw new Error(`${name} answers otherwise: ${answers}, not ${agreed}`);
    contests.push({ engine: name, size, ask: inTurn(questions), times: [] });
  }
  return contests;
}

/** One question after the other, round and round. */
function inTurn(questions: readonly (() => boolean)[]): () => void {
  let next = 0;
  return () => {
    questions[next]!();
    next = next + 1 === questions.length ? 0 : next + 1;
  };
}

function nanoseconds(microseconds: number): string {
  return microseconds < 1 ? `${significant(microseconds * 1000)} ns` : duration(microseconds);
}
