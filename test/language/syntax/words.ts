/** The words that the language keeps for itself, and those that open a statement. */
export const lexWords: ReadonlySet<string> = new Set([
  ...[
    'true',
    'false',
    'null',
    'package',
    'import',
    'default',
    'if',
    'else',
    'unless',
    'some',
    'every',
    'as',
    'has',
  ],
  ...['not', 'in', 'and', 'or', 'allow', 'deny', 'review', 'mask', 'limit', 'applies'],
]);
