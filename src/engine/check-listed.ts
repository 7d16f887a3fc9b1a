/** Words that a helper rule lists, where one of an enumeration is looked for among them: `verbs := {"insrt", "delete"}`. */
import { reportAt, type Checker } from './checker.js';
import type { Core, HelperGroup } from './core.js';
import { didYouMean } from './nearest.js';
import type { Type } from './schema.js';

/** A word near one of the enumeration that is none of it is a slip; another may be one of some other enumeration. */
export function checkListed(checker: Checker, collection: Core, sought: Type): void {
  if (sought.kind !== 'string' || sought.values === undefined) return;
  for (const core of wordsIn(collection)) {
    if (core.kind !== 'constant' || typeof core.value !== 'string') continue;
    const near = sought.values.includes(core.value) ? {} : didYouMean(core.value, sought.values);
    if (near.help === undefined || isReported(checker, core)) continue;
    const message = `\`${core.value}\` is none of the values that are looked for here`;
    reportAt(checker, { code: 'impossible-comparison', message, ...near }, core);
  }
}

function wordsIn(collection: Core): readonly Core[] {
  if (collection.kind === 'array' || collection.kind === 'set') return collection.elements;
  return collection.kind === 'rule' ? wordsOf(collection.rule) : [];
}

/** Members that are written out, and keys of an object that is. */
function wordsOf({ kind, clauses }: HelperGroup): readonly Core[] {
  return clauses.flatMap(({ branches }) =>
    branches.flatMap(({ value, keys }) => {
      if (kind === 'set') return [value];
      if (kind === 'object') return keys.slice(0, 1);
      if (value.kind === 'array' || value.kind === 'set') return value.elements;
      return value.kind === 'object' ? value.entries.map(({ key }) => key) : [];
    }),
  );
}

/** Several rules may read the list. */
function isReported(checker: Checker, { span, source }: Core): boolean {
  return checker.world.diagnostics.some(
    (one) => one.code === 'impossible-comparison' && one.span.start === span.start && one.source === source,
  );
}
