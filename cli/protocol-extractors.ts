/** Test rows of the protocols whose commands need nothing beside them to be read: from the text of a row to its facts. */
import type { Extractors } from '../src/engine/cases.js';
import { deriveDockerText } from '../src/facts/docker/derive.js';
import { readHttpText } from '../src/facts/http/derive.js';
import { isObject, type Maybe, type ValueObject } from '../src/engine/value.js';
import { deriveKubectlText } from '../src/facts/kubernetes/kubectl/derive.js';
import { deriveShell } from '../src/facts/shell/derive.js';

export const protocolExtractors: Extractors = {
  // As a command over SSH, on targets of other types too: what runs it is then `docker exec` or `kubectl exec`.
  shell: (text, { ssh }) => ({
    shell: deriveShell(text),
    ssh: execFacts(text, ssh),
    command: { protocol: 'ssh', text, phase: 'query' },
  }),
  kubectl: (text) => ({
    kubernetes: deriveKubectlText(text),
    command: { protocol: 'kubernetes', text, phase: 'query' },
  }),
  docker: (text) => ({
    docker: deriveDockerText(text).docker,
    command: { protocol: 'docker', text, phase: 'query' },
  }),
  http: (text) => ({ http: readHttpText(text), command: { protocol: 'http', text, phase: 'query' } }),
};

/** What a test says of the channel stays. */
function execFacts(command: string, given: Maybe): ValueObject {
  return { user: '', terminal: false, ...(isObject(given) ? given : {}), kind: 'exec', command };
}
