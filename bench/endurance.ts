/** What ten thousand rules cost to read, and what memory many decisions leave behind. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { decideIn, newContext } from '../src/engine/compile/compile.js';
import { engines, prepareOurs } from './engines.js';
import { plainRequests, plainRules } from './plain-rules.js';
import { duration, median, significant } from './statistics.js';

const size = 10_000;
const decisions = 10_000_000;

export async function measureEndurance(
  rounds: number,
  progress: (what: string) => void,
): Promise<readonly string[]> {
  return [measureReading(rounds, progress), '', ...(await measureMemory(progress))];
}

function measureReading(rounds: number, progress: (what: string) => void): string {
  const rules = plainRules(size);
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    progress(`reading ${size} rules, round ${round} of ${rounds}`);
    const start = process.cpuUsage();
    const runnable = prepareOurs(rules);
    // Rules are compiled when they are first needed: here all of them are.
    const context = newContext(runnable, {});
    decideIn({ ...runnable, index: null }, context);
    const { user, system } = process.cpuUsage(start);
    if (round > 0) times.push(user + system);
  }
  const time = duration(median(times));
  return `${significant(size)} rules in ${significant(size / 10)} files are parsed, checked and compiled in ${time} of processor time.`;
}

async function measureMemory(progress: (what: string) => void): Promise<readonly string[]> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = (): string => {
    collect();
    return `${(process.memoryUsage().heapUsed / 2 ** 20).toFixed(1)} MiB`;
  };
  const questions = await engines[0]!.load(plainRules(1_000), plainRequests(1_000));
  const rows: string[] = [];
  let done = 0;
  for (const until of [decisions / 100, decisions / 10, decisions]) {
    for (; done < until; done++) {
      if (done % 100_000 === 0) progress(`decision ${done} of ${decisions}`);
      questions[done % questions.length]!();
    }
    rows.push(`| ${until.toLocaleString('en-US')} | ${heap()} |`);
  }
  return ['| decisions by 1,000 rules | heap after them |', '| --- | --- |', ...rows];
}
