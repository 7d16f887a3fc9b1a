/** What the pipeline's jobs do, and what should become of it. */
import type { Decision } from '../../src/engine/decision.js';

export type ClientName = 'ci-test' | 'ci-deploy' | 'analyst';

/** The groups that each identity's token claims. */
export const CLIENTS: Readonly<Record<ClientName, readonly string[]>> = {
  'ci-test': ['ci-test'],
  'ci-deploy': ['ci-deploy'],
  analyst: ['analyst'],
};

export interface Step {
  readonly client: ClientName;
  /** What the job is about, for somebody who sees this for the first time. */
  readonly title: string;
  readonly sql: string;
  readonly expect: Decision['effect'];
  /** Found in what the client saw. */
  readonly shows: RegExp;
  /** Never found in what the client saw. */
  readonly hides?: RegExp;
}

export const STEPS: readonly Step[] = [
  {
    client: 'ci-test',
    title: 'counts orders: a plain read',
    sql: 'SELECT status, count(*) FROM orders GROUP BY status ORDER BY status',
    expect: 'allow',
    shows: /shipped/,
  },
  {
    client: 'ci-test',
    title: 'reads customers: the values never leave in the clear',
    sql: 'SELECT id, name, email, card_number FROM customers ORDER BY id LIMIT 3',
    expect: 'allow',
    shows: /Customer 1/,
    hides: /customer\d+@example|4111111111111111|5555555555554444|378282246310005/,
  },
  {
    client: 'analyst',
    title: 'tries it under another name: masks follow the value, not the word',
    sql: 'WITH c AS (SELECT email AS x FROM customers) SELECT upper(x) AS y FROM c LIMIT 2',
    expect: 'allow',
    shows: /2 rows|y/,
    hides: /customer\d+@example/i,
  },
  {
    client: 'analyst',
    title: 'guesses: a masked column is not compared either',
    sql: "SELECT id FROM customers WHERE email LIKE 'customer7@%'",
    expect: 'deny',
    shows: /ERROR: +denied by/,
  },
  {
    client: 'ci-test',
    title: 'drops a table: refused, and the server never hears of it',
    sql: 'DROP TABLE orders',
    expect: 'deny',
    shows: /ERROR: +denied by/,
  },
  {
    client: 'ci-deploy',
    title: 'forgets the WHERE',
    sql: "UPDATE orders SET status = 'cancelled'",
    expect: 'deny',
    shows: /WHERE/,
  },
  {
    client: 'ci-deploy',
    title: 'corrects one order',
    sql: "UPDATE orders SET note = 'checked' WHERE id = 7",
    expect: 'allow',
    shows: /UPDATE 1/,
  },
  {
    client: 'ci-deploy',
    title: 'changes the schema in production: somebody else must agree',
    sql: 'ALTER TABLE orders ADD COLUMN discount_cents integer',
    expect: 'review',
    shows: /needs review by dba/,
  },
];
