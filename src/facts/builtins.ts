/** Functions with which tests build facts from commands, by the extractors that the gateway itself runs. */
import type { Builtin } from '../engine/builtins/define/builtin.js';
import { BuiltinError } from '../engine/builtins/define/builtin.js';
import { arrayOf, text } from '../values/schema.js';
import { isArray } from '../values/value.js';
import type { SqlContext } from './sql/scope/analysis.js';
import { deriveSql } from './sql/derive.js';
import { deriveDockerCommand, deriveDockerText } from './docker/derive.js';
import { deriveHttp } from './http/derive.js';
import { requestFrom } from './http/message.js';
import { deriveKubectlText } from './kubernetes/kubectl/derive.js';
import { docker } from './schema/docker.js';
import { http } from './schema/http.js';
import { kubernetes } from './schema/kubernetes.js';
import { shell } from './schema/shell.js';
import { sql } from './schema/sql.js';
import { deriveShell } from './shell/derive.js';

/** A new session without a catalogue: unqualified names mean the schema `public`. */
export const plainSqlContext: SqlContext = {
  catalogue: null,
  searchPath: ['public'],
  prepared: new Map(),
  transaction: 'idle',
  parameters: null,
};

export const factBuiltins: readonly Builtin[] = [
  {
    name: 'facts.sql',
    parameters: [{ name: 'text', type: text }],
    result: sql.type,
    doc: 'The facts of a piece of SQL, as `sql` would hold them; names resolve to the schema `public`.',
    call: ([source], context) => {
      if (typeof source !== 'string') throw new BuiltinError('`facts.sql` takes the text of SQL');
      // Parsing costs more than an operation of the engine: a loop over it must run out of budget.
      context.spend(100 + Math.ceil(source.length / 10));
      return deriveSql(source, plainSqlContext).sql;
    },
  },
  {
    name: 'facts.docker',
    parameters: [{ name: 'argv', type: { kind: 'union', members: [arrayOf(text), text] } }],
    result: docker.type,
    doc: 'The facts of a command line of `docker`, as `docker` would hold them: a list of its words, or a text as a row has it.',
    call: ([argv], context) => {
      const words = isArray(argv) ? argv : [argv];
      if (!words.every((word) => typeof word === 'string'))
        throw new BuiltinError('`facts.docker` takes the words of a command line');
      context.spend(100 + Math.ceil(words.join(' ').length / 10));
      return (isArray(argv) ? deriveDockerCommand(words) : deriveDockerText(words[0]!)).docker;
    },
  },
  {
    name: 'facts.http',
    parameters: [
      { name: 'method', type: text },
      { name: 'url', type: text },
    ],
    result: http.type,
    doc: 'The facts of a request without headers and body, as `http` would hold them; of a URL without a host, the host is unknown.',
    call: ([method, url], context) => {
      if (typeof method !== 'string' || typeof url !== 'string')
        throw new BuiltinError('`facts.http` takes a method and a URL');
      context.spend(100 + Math.ceil(url.length / 10));
      return deriveHttp(requestFrom(method, url)).http;
    },
  },
  {
    name: 'facts.shell',
    parameters: [{ name: 'text', type: text }],
    result: shell.type,
    doc: 'The facts of text for a POSIX shell, as `shell` would hold them.',
    call: ([source], context) => {
      if (typeof source !== 'string') throw new BuiltinError('`facts.shell` takes the text of commands');
      context.spend(100 + source.length);
      return deriveShell(source);
    },
  },
  {
    name: 'facts.kubectl',
    parameters: [{ name: 'text', type: text }],
    result: kubernetes.type,
    doc: 'The facts of what follows `kubectl` on a command line, as `kubernetes` would hold them; further lines are the input of `-f -`.',
    call: ([source], context) => {
      if (typeof source !== 'string') throw new BuiltinError('`facts.kubectl` takes the text of a command');
      context.spend(100 + source.length);
      return deriveKubectlText(source);
    },
  },
];
