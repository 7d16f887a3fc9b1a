/** Facts that every command has, whatever its protocol. */
import type { RootField } from '../../values/schema.js';
import { count, field, json, mapOf, named, object, oneOf, setOf, text } from '../../values/schema.js';

/** What targets speak, and commands come over. */
const PROTOCOLS = ['postgres', 'mysql', 'http', 'kubernetes', 'ssh', 'docker', 'rdp'];

export const identity: RootField = field(
  object({
    subject: field(text, 'The `sub` claim: stable, and unique together with the issuer.'),
    issuer: field(named('issuer'), 'The issuer that signed the token.'),
    kind: field(oneOf('service', 'human'), 'What the issuer is configured for.'),
    name: field(text, 'For people, the name, e-mail address or subject; for services, the subject.'),
    groups: field(setOf(named('group')), 'From the group templates of the issuer over the claims.'),
    claims: field(json, 'Every claim of the token, as it came.'),
  }),
  'Who acts, as a verified token says.',
);

export const target: RootField = field(
  object({
    name: field(named('target'), 'The name of the target in the configuration.'),
    type: field(oneOf(...PROTOCOLS), 'The kind of system, which decides the protocol facts that are there.'),
    database: field(named('database'), 'The database of a database target; empty for others.'),
    labels: field(
      mapOf(named('label-value'), named('label')),
      'The labels of the target in the configuration.',
    ),
  }),
  'What is acted on.',
);

export const session: RootField = field(
  object({
    id: field(text, 'The name of the session in the record.'),
    client: field(
      object({
        address: field(text, 'The address that the connection came from.'),
        application: field(text, 'What the client calls itself: `psql`. Not verified.'),
      }),
      'The other end of the connection.',
    ),
    started: field(count, 'When the session began, in nanoseconds since 1970.'),
  }),
  'The connection that the command came over.',
);

export const command: RootField = field(
  object({
    protocol: field(oneOf(...PROTOCOLS), 'The protocol that the command came over.'),
    text: field(text, 'The command as the client wrote it.'),
    phase: field(
      oneOf('query', 'prepare', 'execute'),
      'Prepared statements are decided twice: at `prepare`, and at each `execute` with its parameters.',
    ),
  }),
  'The command before anything is made of it.',
);

export const now: RootField = field(count, 'When the command came, in nanoseconds since 1970.');
