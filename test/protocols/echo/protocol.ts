/**
 * Echo: the smallest protocol there can be, to hold the seam between the gateway and its protocols. A client sends
 * `TOKEN TARGET` as its first line and then a command a line; the target sends each line back. Commands are read as text
 * for a shell, so that rules have facts to look at.
 */
import { object, text as textual } from '../../../src/audit/checks.js';
import { deniedBy } from '../../../src/engine/fixed-rule.js';
import type { Decision } from '../../../src/engine/decision.js';
import { shell } from '../../../src/facts/schema/shell.js';
import { deriveShell } from '../../../src/facts/shell/derive.js';
import type { FieldMask } from '../../../src/masking/field-mask.js';
import type { Circumstances, Meaning, Planned } from '../../../src/protocols/meaning.js';
import type { Protocol } from '../../../src/protocols/protocol.js';
import type { ValueObject } from '../../../src/values/value.js';

/** What is done to the line that comes back; null if it passes as it is. */
export interface EchoPlan {
  readonly mask: FieldMask | null;
}

/** What replay needs beside the text: nothing, but that it is an echo's. */
export interface EchoContext {
  readonly speaker: string;
}

const context = object({ speaker: textual });
const detail = object({ line: textual });

export class EchoMeaning implements Meaning<EchoPlan> {
  readonly roots: ValueObject;
  readonly key: object;
  readonly reusable = true;
  readonly reading = null;
  readonly varying = {};
  readonly values = undefined;

  constructor(text: string) {
    this.roots = { shell: known(text) };
    this.key = this.roots['shell'] as object;
  }

  plan(decided: Decision, { fixed }: Circumstances): Planned<EchoPlan> {
    const columns = () => null;
    const decision = fixed === undefined ? decided : deniedBy(decided, fixed);
    if (decision.effect === 'deny') return { decision, plan: null, columns };
    const patterns = decision.masks.filter(({ selectors }) => selectors.every(({ by }) => by === 'pattern'));
    const other = decision.masks.find((mask) => !patterns.includes(mask));
    if (other !== undefined) {
      const reason = 'an echo has no columns to mask';
      return { decision: deniedBy(decision, { rule: other.rule, reason }), plan: null, columns };
    }
    const detectors = patterns.flatMap(({ selectors, method }) =>
      selectors.map(({ value: name }) => ({ name, method })),
    );
    const rules = patterns.map(({ rule }) => rule);
    const mask = detectors.length === 0 ? null : { method: null, detectors, rules };
    return { decision, plan: { mask }, columns };
  }

  unknowns(): readonly string[] {
    return [];
  }

  reaching: Meaning['reaching'] = (masks) => masks;
}

/** Equal lines mean the same: their facts are one object. */
const facts = new Map<string, ValueObject>();
function known(text: string): ValueObject {
  let found = facts.get(text);
  if (found === undefined) facts.set(text, (found = deriveShell(text)));
  return found;
}

/** It takes the row word of another protocol: the language has no word for it. */
export const echo: Protocol = {
  name: 'echo',
  row: 'shell',
  hasDatabases: false,
  builtin: {
    name: 'facts.echo',
    parameters: [],
    result: shell.type,
    doc: 'Nothing.',
    call: () => null,
  },
  liftable: [],
  read: (text) => new EchoMeaning(text),
  readRecorded: (command) => (context(command.context) ? new EchoMeaning(command.text) : null),
  show: (shown) => {
    if (!detail(shown)) return null;
    const { line } = shown as { readonly line: string };
    return { summary: line, message: null, table: null, more: false };
  },
  fromCommandLine: (text) => text,
};
