/** Anything that a client may say, in any order: messages of which many are out of place. */
import fc from 'fast-check';
import { encode, int16, int32 } from '../../proxy/postgres/wire/frontend-codec.js';
import { FRONTEND } from '../../proxy/postgres/wire/messages.js';
import { say } from '../proxy/postgres/wire-client.js';

/** What is refused: the text of a statement, and a value for an integer. */
export interface Refused {
  readonly text: string;
  readonly value: string;
}

/** Made with what stands for a refusal. */
export type MakeMessage = (refused: Refused) => Buffer;

const REFUSED = 'REFUSED';

const reading = [
  'SELECT 1',
  'SELECT generate_series(1, 3)',
  'SELECT 1; SELECT 2',
  '',
  'VALUES (1, NULL)',
  "UPDATE t SET a = a + 1 RETURNING a, 'x'",
  'INSERT INTO t VALUES (4), (5)',
];
const failing = ['SELECT 1/0', 'SELEC', 'SELECT 1; SELECT 1/0', 'SELECT 1/a FROM (VALUES (1), (0)) AS v (a)'];
const transactions = [
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
  'SAVEPOINT s',
  'ROLLBACK TO s',
  'RELEASE s',
  'BEGIN; SELECT 1; COMMIT',
  'INSERT INTO deferred VALUES (1), (1)',
];
const naming = [
  'PREPARE a AS SELECT 11',
  'EXECUTE a',
  'DEALLOCATE a',
  'DEALLOCATE ALL',
  'DISCARD ALL',
  'DECLARE p CURSOR FOR SELECT generate_series(1, 5)',
  'DECLARE p CURSOR WITH HOLD FOR SELECT generate_series(1, 5)',
  'FETCH 2 FROM p',
  'MOVE 1 FROM p',
  'CLOSE p',
  'CLOSE ALL',
];
const copying = ['COPY t FROM STDIN', 'COPY t TO STDOUT', 'COPY (SELECT 1/a FROM t) TO STDOUT'];
const session = [
  "DO $$ BEGIN RAISE NOTICE 'noticed'; END $$",
  'SET work_mem = 2048',
  "SET application_name = 'a'",
  'SET search_path = pg_catalog, public',
  'RESET ALL',
  'LISTEN here',
  'NOTIFY here',
];

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...reading) },
  { weight: 2, arbitrary: fc.constantFrom(...failing) },
  { weight: 3, arbitrary: fc.constantFrom(...transactions) },
  { weight: 4, arbitrary: fc.constantFrom(...naming) },
  { weight: 2, arbitrary: fc.constantFrom(...copying) },
  { weight: 1, arbitrary: fc.constantFrom(...session) },
  { weight: 2, arbitrary: fc.constant(REFUSED) },
);

/**
 * DISCARD ALL commits at once and cannot run in a block. What the gateway then asks for in the middle of the pipeline makes a
 * block of what follows, so that a second one would fail.
 */
const prepared = text.filter((it) => it !== 'DISCARD ALL');

const written = (it: string, { text: refused }: Refused): string => (it === REFUSED ? refused : it);
const statementName = fc.constantFrom('', 'a');
const portalName = fc.constantFrom('', 'p');
const rowsMax = fc.constantFrom(0, 0, 1, 2);
const always =
  (message: Buffer): MakeMessage =>
  () =>
    message;

const query = text.map(
  (it): MakeMessage =>
    (refused) =>
      say.query(written(it, refused)),
);
const parse = fc.tuple(prepared, statementName).map(
  ([it, name]): MakeMessage =>
    (refused) =>
      say.parse(written(it, refused), name),
);
const bind = fc
  .tuple(statementName, portalName, fc.boolean())
  .map(([statement, portal, binary]) => always(say.bind([], statement, portal, binary)));
const execute = fc.tuple(portalName, rowsMax).map(([portal, rows]) => always(say.execute(portal, rows)));
const aboutName = fc.oneof(
  statementName.chain((name) =>
    fc.constantFrom(say.describe(name, 'statement'), say.close(name, 'statement')),
  ),
  portalName.chain((name) => fc.constantFrom(say.describe(name), say.close(name))),
);
const copy = fc.constantFrom(say.copyData('7\n'), say.copyData('8'), say.copyDone(), say.copyFail('enough'));
/** P30: bodies that are cut short or go on too long. */
const unreadable = fc.constantFrom(
  encode(FRONTEND.Query, Buffer.from('SELECT 1')),
  encode(FRONTEND.Parse, 'a', Buffer.from('SELECT 1')),
  encode(FRONTEND.Parse, 'a', 'SELECT 1', int16(2), int32(23)),
  encode(FRONTEND.Bind, 'p', 'a', int16(0, 65_535)),
  encode(FRONTEND.Describe, Buffer.from('S')),
  encode(FRONTEND.Close, Buffer.from('x'), 'a'),
  encode(FRONTEND.Execute, 'p', int16(0)),
  encode(FRONTEND.FunctionCall, int32(957), int16(3)),
  encode(FRONTEND.Flush, 'x'),
  encode(FRONTEND.Sync, 'x'),
);
/** What drivers send for one statement. */
const whole = fc
  .tuple(prepared, rowsMax)
  .map(([it, rows]): readonly MakeMessage[] => [
    (refused) => say.parse(written(it, refused)),
    always(say.bind()),
    always(say.describe()),
    always(say.execute('', rows)),
  ]);
const loaded = fc
  .boolean()
  .map((simple): readonly MakeMessage[] => [
    ...(simple ? [say.query(copying[0]!)] : [say.parse(copying[0]!), say.bind(), say.execute()]).map(always),
    ...[say.copyData('1\n2\n'), say.copyDone()].map(always),
  ]);

/** A statement with a value that is left to the server to type. */
const valued = fc
  .tuple(statementName, portalName, fc.constantFrom(null, '1', '1', REFUSED), fc.boolean())
  .map(([statement, portal, value, parsed]): readonly MakeMessage[] => [
    ...(parsed ? [always(say.parse('SELECT $1::int', statement))] : []),
    (refused) => say.bind([value === REFUSED ? refused.value : value], statement, portal),
    always(say.execute(portal, 0)),
  ]);

const one = (message: fc.Arbitrary<MakeMessage>): fc.Arbitrary<readonly MakeMessage[]> =>
  message.map((it) => [it]);

/** What one conversation says, without its end. */
export const anyConversation: fc.Arbitrary<readonly MakeMessage[]> = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: one(query) },
      { weight: 3, arbitrary: one(parse) },
      { weight: 4, arbitrary: one(bind) },
      { weight: 4, arbitrary: one(execute) },
      { weight: 2, arbitrary: one(aboutName.map(always)) },
      { weight: 2, arbitrary: one(copy.map(always)) },
      { weight: 3, arbitrary: one(fc.constant(always(say.sync()))) },
      { weight: 1, arbitrary: one(fc.constantFrom(say.flush(), say.functionCall()).map(always)) },
      { weight: 2, arbitrary: one(unreadable.map(always)) },
      { weight: 4, arbitrary: whole },
      { weight: 1, arbitrary: loaded },
      { weight: 3, arbitrary: valued },
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.flat());
