/** The one list of protocols. Live traffic, replay, `policy explain`, test rows and `facts.*` read it. */
import type { Builtin } from '../engine/builtins/define/builtin.js';
import { loadSqlParser } from '../facts/sql/parse/parser.js';
import { docker } from './docker.js';
import { http } from './http.js';
import { kubernetes } from './kubernetes.js';
import type { Protocol } from './protocol.js';
import { postgres } from './sql/protocol.js';
import { ssh } from './ssh.js';

export const protocols: readonly Protocol[] = [postgres, kubernetes, ssh, http, docker];

/** Loads the parsers. Resolves at once if they are loaded already. */
export function loadProtocols(): Promise<void> {
  return loadSqlParser();
}

/** By the type of a target, as rules and recordings name it. */
export function protocolNamed(name: string): Protocol | null {
  return protocols.find((protocol) => protocol.name === name) ?? null;
}

/** By the word that opens a row of a test. */
export function protocolOfRow(row: Protocol['row']): Protocol {
  return protocols.find((protocol) => protocol.row === row)!;
}

/** Functions with which tests build facts from commands, by the extractors that the gateway itself runs. */
export const factBuiltins: readonly Builtin[] = protocols.map(({ builtin }) => builtin);
