/** Test rows of the protocols whose commands need nothing beside them to be read: from the text of a row to its facts. */
import type { Extractors } from '../../src/engine/testing/cases.js';
import { deriveDockerText } from '../../src/facts/docker/derive.js';
import { readHttpText } from '../../src/facts/http/derive.js';
import { isObject, type Maybe, type Value, type ValueObject } from '../../src/values/value.js';
import { deriveKubectlText } from '../../src/facts/kubernetes/kubectl/derive.js';
import { shellOfExec } from '../../src/facts/exec.js';
import { deriveShell } from '../../src/facts/shell/derive.js';

export const protocolExtractors: Extractors = {
  // As a command over SSH.
  shell: (text, { ssh }) => ({
    shell: deriveShell(text),
    ssh: channelFacts(text, ssh),
    command: { protocol: 'ssh', text, phase: 'query' },
  }),
  kubectl: (text) => {
    const kubernetes = deriveKubectlText(text);
    return {
      kubernetes,
      ...execFacts(kubernetes),
      command: { protocol: 'kubernetes', text, phase: 'query' },
    };
  },
  docker: (text) => {
    const { docker } = deriveDockerText(text);
    return { docker, ...execFacts(docker), command: { protocol: 'docker', text, phase: 'query' } };
  },
  http: (text) => ({ http: readHttpText(text), command: { protocol: 'http', text, phase: 'query' } }),
};

/** What runs inside of a container, where something does. */
function execFacts(root: Value): ValueObject {
  const shell = shellOfExec(root);
  return shell === undefined ? {} : { shell };
}

/** What a test says of the channel stays. */
function channelFacts(command: string, given: Maybe): ValueObject {
  return { user: '', terminal: false, ...(isObject(given) ? given : {}), kind: 'exec', command };
}
