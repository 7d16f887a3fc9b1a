/** The second half: the recorded commands are decided again by stricter rules before these come into force. */
import { targetStream } from '../../proxy/postgres/login/target-stream.js';
import { readCatalogue } from '../../src/targets/postgres/read-catalogue.js';
import { replayFiles } from '../replay/files.js';
import { replayReport } from '../replay/report.js';
import { findRecordings } from '../input/recordings.js';
import { readText } from '../input/rule-files.js';
import { loadRuleSet } from '../input/rule-set.js';
import { paint, print } from '../output/terminal.js';
import type { House } from './house.js';

/** Returns what differed from the expected outcome. */
export async function replayStricter(house: House): Promise<string[]> {
  print(
    `${paint.bold('A pull request proposes stricter rules.')} What would they have done to what just ran?\n`,
  );
  const proposal = readText(house.stricterRules).trimEnd();
  print(`${proposal.replace(/^/gm, paint.dim('  + '))}\n`);
  const { database, host, port, user, password } = { ...house.database, database: 'shop' };
  const login = { database, host, port, user, password, tls: { kind: 'off' as const } };
  const catalogue = await readCatalogue(login, targetStream);
  const { policy } = loadRuleSet([house.rules, house.stricterRules]);
  const files = findRecordings([house.recordings]);
  const outcome = await replayFiles(files, { policy, base: null, world: () => ({ catalogue }) });
  print(`   ${paint.cyan('$')} policy replay recordings --rules ${house.rulesShown} stricter.rules\n`);
  print(`${replayReport(outcome, 'pretty').replace(/^(?=.)/gm, '   ')}\n`);
  const { changed, opened } = outcome.summary;
  return [
    ...(changed > 0 ? [] : ['the stricter rules change nothing']),
    ...(opened === 0 ? [] : ['the stricter rules allow something that was denied']),
  ];
}
