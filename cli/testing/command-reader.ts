/** The parts of the gateway that tests and `policy explain` need: facts from a command's text, and the plan of a decision. */
import { commandRoots } from '../../src/facts/command.js';
import type { Extractors, TestOptions } from '../../src/engine/testing/cases.js';
import type { Facts, Policy } from '../../src/engine/policy.js';
import { protocols as all } from '../../src/protocols/list.js';
import type { Meaning } from '../../src/protocols/meaning.js';
import type { Protocol } from '../../src/protocols/protocol.js';
import type { World } from '../../src/protocols/world.js';
import { isObject, property } from '../../src/values/value.js';
import type { CatalogueFinder } from '../input/catalogue-file.js';

export interface CommandReader {
  readonly extractors: Extractors;
  readonly plan: NonNullable<TestOptions['plan']>;
}

/** The name of a test's target chooses the catalogue. `policy` knows the data that the rules are tested with. */
export function commandReader(
  catalogues: CatalogueFinder,
  policy: Policy,
  protocols: readonly Protocol[] = all,
): CommandReader {
  const worldOf = (facts: Facts): World => ({ catalogue: catalogues.find(targetName(facts)) });
  // A decision is planned with the meaning that its facts were just derived from.
  let last: {
    readonly row: string;
    readonly text: string;
    readonly world: World;
    readonly meaning: Meaning;
  } | null = null;
  const read = (protocol: Protocol, text: string, facts: Facts): Meaning => {
    const world = worldOf(facts);
    last = { row: protocol.row, text, world, meaning: protocol.read(text, facts, world) };
    return last.meaning;
  };
  const known = (protocol: Protocol, text: string, facts: Facts): Meaning =>
    last?.row === protocol.row && last.text === text && last.world.catalogue === worldOf(facts).catalogue
      ? last.meaning
      : read(protocol, text, facts);
  const phase = 'query' as const;
  return {
    extractors: Object.fromEntries(
      protocols.map((protocol) => [
        protocol.row,
        (text: string, facts: Facts) =>
          commandRoots({ protocol: protocol.name, text, phase, roots: read(protocol, text, facts).roots }),
      ]),
    ),
    plan: (decision, { protocol, text, facts, decide }) => {
      const asked = { decide, query: (path: readonly string[]) => policy.query(path, facts) };
      const speaks = protocols.find(({ row }) => row === protocol)!;
      const meaning = known(speaks, text, facts);
      const planned = meaning.plan(decision, { facts, policy: asked, phase });
      return { decision: planned.decision, columns: planned.columns() };
    },
  };
}

function targetName(facts: Facts): string {
  const target = property(facts, 'target');
  const name = isObject(target) ? property(target, 'name') : undefined;
  return typeof name === 'string' ? name : '';
}
