/** Test rows of the protocols whose commands need nothing beside them to be read: from the text of a row to its facts. */
import type { Extractors } from '../src/engine/cases.js';
import { readHttpText } from '../src/facts/http/derive.js';
import { deriveShell } from '../src/facts/shell/derive.js';

export const protocolExtractors: Extractors = {
  shell: (text) => ({ shell: deriveShell(text), command: { protocol: 'ssh', text, phase: 'query' } }),
  http: (text) => ({ http: readHttpText(text), command: { protocol: 'http', text, phase: 'query' } }),
};
