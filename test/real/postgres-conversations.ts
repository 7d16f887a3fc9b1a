/** What is said to the gateway and to the server alike, step by step; each step is answered before the next. */
import fc from 'fast-check';
import { say } from '../proxy/postgres/wire-client.js';

/** Nothing in these is refused: the answers are the same bytes. */
export const CONVERSATIONS: [string, Buffer[][]][] = [
  ['simple', [[say.query('SELECT 1 AS a, NULL AS b')]]],
  ['empty', [[say.query('')], [say.query(' ; ')]]],
  ['several statements', [[say.query('SELECT 1; SELECT 2, 3; SELECT generate_series(1, 3)')]]],
  ['an error', [[say.query('SELECT 1; SELECT 1/0; SELECT 2')]]],
  ['a syntax error', [[say.query('SELEC 1')]]],
  [
    'a transaction',
    [[say.query('BEGIN')], [say.query('SELECT 1/0')], [say.query('SELECT 1')], [say.query('ROLLBACK')]],
  ],
  ['a notice', [[say.query("DO $$ BEGIN RAISE NOTICE 'hello'; END $$")]]],
  [
    'extended',
    [[say.parse('SELECT $1::int + 1'), say.bind(['41']), say.describe(), say.execute(), say.sync()]],
  ],
  [
    'binary',
    [
      [
        say.parse('SELECT 7::int, 2.5::float8'),
        say.bind([], '', '', true),
        say.describe(),
        say.execute(),
        say.sync(),
      ],
    ],
  ],
  [
    'named',
    [
      [say.parse('SELECT $1::text', 'one'), say.describe('one', 'statement'), say.sync()],
      [say.bind(['x'], 'one', 'p'), say.execute('p'), say.bind(['y'], 'one'), say.execute(), say.sync()],
      [say.close('one', 'statement'), say.sync()],
      [say.bind(['x'], 'one'), say.execute(), say.sync()],
    ],
  ],
  [
    'portals with row limits',
    [
      [say.query('BEGIN')],
      [
        say.parse('SELECT generate_series(1, 5)'),
        say.bind(),
        say.execute('', 2),
        say.execute('', 2),
        say.execute('', 2),
        say.sync(),
      ],
      [say.query('COMMIT')],
    ],
  ],
  [
    'an unnamed statement used again',
    [
      [say.parse('SELECT 5'), say.sync()],
      [say.bind(), say.execute(), say.sync()],
      [say.query('SELECT 6')],
      [say.bind(), say.sync()],
    ],
  ],
  [
    'flush',
    [[say.parse('SELECT 1'), say.flush(), say.bind(), say.flush(), say.execute(), say.flush(), say.sync()]],
  ],
  [
    'a pipeline of many',
    [
      [
        ...Array.from({ length: 50 }, (_, i) => [
          say.parse(`SELECT ${i}`),
          say.bind(),
          say.execute(),
          say.sync(),
        ]).flat(),
      ],
    ],
  ],
  [
    'an error in a pipeline',
    [
      [
        say.parse('SELECT 1/$1::int'),
        say.bind(['0']),
        say.execute(),
        say.parse('SELECT 2'),
        say.bind(),
        say.execute(),
        say.sync(),
        say.parse('SELECT 3'),
        say.bind(),
        say.execute(),
        say.sync(),
      ],
    ],
  ],
  [
    'an implicit transaction',
    [
      [
        say.parse("INSERT INTO kept VALUES (1, 'a')"),
        say.bind(),
        say.execute(),
        say.parse('SELECT 1/0'),
        say.bind(),
        say.execute(),
        say.sync(),
      ],
      [say.query('SELECT count(*) FROM kept')],
    ],
  ],
  [
    'a Query inside a pipeline',
    [[say.parse('SELECT 1'), say.bind(), say.execute(), say.query('SELECT 2')], [say.query('SELECT 3')]],
  ],
  [
    'an error at COMMIT',
    [[say.query('BEGIN; INSERT INTO kept VALUES (9), (9)')], [say.query('COMMIT')], [say.query('SELECT 1')]],
  ],
  [
    'an error at Sync',
    [
      [say.parse('INSERT INTO kept VALUES (9), (9)'), say.bind(), say.execute(), say.sync()],
      [say.query('SELECT 1')],
    ],
  ],
  ['copy out', [[say.query('COPY (SELECT generate_series(1, 3)) TO STDOUT')]]],
  [
    'settings',
    [
      [say.query("SET search_path = 'pg_catalog'; SHOW search_path")],
      [say.query('RESET ALL')],
      [say.query('SHOW search_path')],
    ],
  ],
  [
    'set transaction after a setting',
    [
      [say.query('BEGIN')],
      [say.query('SET LOCAL work_mem = 1024')],
      [say.query('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE')],
      [say.query('SELECT 1')],
      [say.query('COMMIT')],
    ],
  ],
  [
    'prepare and execute',
    [
      [say.query('PREPARE q AS SELECT 1')],
      [say.query('EXECUTE q')],
      [say.bind([], 'q'), say.execute(), say.sync()],
      [say.query('PREPARE q AS SELECT 2')],
      [say.query('EXECUTE q')],
      [say.query('DEALLOCATE ALL')],
      [say.query('EXECUTE q')],
    ],
  ],
  [
    'cursors',
    [
      [say.query('BEGIN')],
      [say.query('DECLARE c CURSOR FOR SELECT generate_series(1, 9)')],
      [say.query('FETCH 2 FROM c')],
      [say.query('FETCH ALL FROM c')],
      [say.query('COMMIT')],
    ],
  ],
  [
    'a cursor executed as a portal, and a portal fetched from as a cursor',
    [
      [say.query('BEGIN')],
      [say.query('DECLARE c CURSOR FOR SELECT generate_series(1, 9)')],
      [say.describe('c'), say.execute('c', 2), say.execute('c', 3), say.sync()],
      [say.query('FETCH 1 FROM c')],
      [say.parse('SELECT generate_series(11, 19)'), say.bind([], '', 'p'), say.execute('p', 2), say.sync()],
      [say.query('FETCH 2 FROM p')],
      [say.execute('p', 1), say.close('c'), say.sync()],
      [say.query('CLOSE p')],
      [say.query('ROLLBACK')],
    ],
  ],
  [
    'names made and used in one pipeline',
    [
      [say.query('BEGIN')],
      [
        say.parse('DECLARE c CURSOR FOR SELECT generate_series(1, 9)'),
        say.bind(),
        say.execute(),
        say.execute('c', 2),
        say.parse('PREPARE made AS SELECT 7'),
        say.bind(),
        say.execute(),
        say.bind([], 'made'),
        say.execute(),
        say.sync(),
      ],
      [say.query('COMMIT')],
    ],
  ],
  [
    'DEALLOCATE ALL, which leaves the unnamed statement',
    [
      [say.parse('SELECT 1', 'one'), say.parse('DEALLOCATE ALL'), say.bind(), say.execute(), say.sync()],
      [say.bind([], '', 'p'), say.execute('p'), say.sync()],
      [say.bind([], 'one'), say.sync()],
    ],
  ],
  [
    'a cursor that outlives its transaction',
    [
      [say.query('BEGIN')],
      [say.query('DECLARE c CURSOR WITH HOLD FOR SELECT generate_series(1, 9)')],
      [say.query('COMMIT')],
      [say.execute('c', 2), say.sync()],
      [say.query('FETCH 2 FROM c')],
      [say.query('CLOSE c')],
      [say.query('FETCH 2 FROM c')],
    ],
  ],
  [
    'a portal from before a savepoint',
    [
      [say.query('BEGIN')],
      [say.parse('SELECT generate_series(1, 9)'), say.bind([], '', 'p'), say.execute('p', 2), say.sync()],
      [say.query('SAVEPOINT s')],
      [say.query('SELECT 1/0')],
      [say.query('ROLLBACK TO s')],
      [say.execute('p', 2), say.sync()],
      [say.query('COMMIT')],
    ],
  ],
  [
    'a statement that only the server knows',
    [
      [say.query("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$")],
      [say.parse('SELECT 1', 'one'), say.parse('SELECT 2', 'one'), say.sync()],
      [say.parse('SELECT 2', 'one'), say.sync()],
      [say.bind([], 'none'), say.execute(), say.sync()],
      [say.query('BEGIN')],
      [say.bind([], 'none'), say.execute(), say.sync()],
      [say.bind([], 'none'), say.execute(), say.sync()],
      [say.query('ROLLBACK')],
    ],
  ],
  [
    'describe of what is not there',
    [[say.describe('nothing', 'statement'), say.describe('nothing'), say.sync()]],
  ],
  [
    'code in a pipeline',
    [
      [
        say.parse('DO $$ BEGIN END $$'),
        say.bind(),
        say.execute(),
        say.parse('SELECT 1'),
        say.bind(),
        say.execute(),
        say.sync(),
      ],
    ],
  ],
];

/** `no` is refused, or an error of the server: the answers are the same messages. Then the SQLSTATEs at the gateway. */
export const REFUSALS: [string, (no: string) => Buffer[][], string[]][] = [
  [
    'in a transaction',
    (no) => [
      [say.query('BEGIN')],
      [say.query(no)],
      [say.query('SELECT 1')],
      [say.query('ROLLBACK')],
      [say.query('SELECT 1')],
    ],
    ['42501', '25P02'],
  ],
  [
    'in a failed transaction',
    (no) => [[say.query('BEGIN')], [say.query('SELECT 1/0')], [say.query(no)], [say.query('COMMIT')]],
    ['22012', '42501'],
  ],
  [
    'at Parse',
    (no) => [[say.parse(no), say.bind(), say.describe(), say.execute(), say.sync()], [say.query('SELECT 1')]],
    ['42501'],
  ],
  [
    'at Parse, in a transaction',
    (no) => [
      [say.query('BEGIN')],
      [say.parse(no), say.bind(), say.execute(), say.sync()],
      [say.query('ROLLBACK')],
    ],
    ['42501'],
  ],
  [
    'after others in a pipeline',
    (no) => [
      [
        say.parse('SELECT 1'),
        say.bind(),
        say.execute(),
        say.parse(no),
        say.bind(),
        say.execute(),
        say.sync(),
      ],
    ],
    ['42501'],
  ],
  [
    'before others in a pipeline',
    (no) => [
      [
        say.parse(no),
        say.bind(),
        say.execute(),
        say.parse('SELECT 2'),
        say.bind(),
        say.execute(),
        say.sync(),
        say.parse('SELECT 3'),
        say.bind(),
        say.execute(),
        say.sync(),
      ],
    ],
    ['42501'],
  ],
  [
    'after an error in a pipeline',
    (no) => [
      [
        say.parse('SELECT 1/0'),
        say.bind(),
        say.execute(),
        say.parse(no),
        say.bind(),
        say.execute(),
        say.sync(),
      ],
    ],
    ['22012'],
  ],
  [
    'of a named statement',
    (no) => [
      [say.parse('SELECT 1', 'a'), say.sync()],
      [say.parse(no, 'b'), say.sync()],
      [say.bind([], 'a'), say.execute(), say.sync()],
      [say.bind([], 'b'), say.execute(), say.sync()],
    ],
    ['42501', '26000'],
  ],
  [
    'of a Query in a pipeline',
    (no) => [[say.parse('SELECT 1'), say.bind(), say.execute(), say.query(no)], [say.query('SELECT 1')]],
    ['42501'],
  ],
  ['with Flush', (no) => [[say.parse(no), say.flush(), say.sync()]], ['42501']],
  [
    'many in a row',
    (no) => [Array.from({ length: 20 }, () => say.query(no)), [say.query('SELECT 1')]],
    Array.from({ length: 20 }, () => '42501'),
  ],
];

const text = fc.constantFrom(
  'SELECT 1',
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
  'SELECT 1/0',
  'REFUSED',
  'SET work_mem = 2048',
  'SAVEPOINT s',
);
const name = fc.constantFrom('', 'a');

/** A message of which the text may be one that is refused, given as an argument. */
export const anyMessage: fc.Arbitrary<(refused: string) => Buffer> = fc.oneof(
  text.map((it) => (refused: string) => say.query(it === 'REFUSED' ? refused : it)),
  fc.tuple(text, name).map(
    ([it, as]) =>
      (refused: string) =>
        say.parse(it === 'REFUSED' ? refused : it, as),
  ),
  name.map((as) => () => say.bind([], as)),
  name.map((as) => () => say.close(as, 'statement')),
  fc.constantFrom(say.execute, say.sync, say.flush, say.describe).map((make) => () => make()),
);
