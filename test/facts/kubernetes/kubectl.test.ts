import { describe, expect, test } from '@jest/globals';
import { deriveKubectlText } from '../../../src/facts/kubernetes/kubectl/derive.js';
import { observe, readTable } from './read-case.js';

const files = [
  'kubectl-reading.yaml',
  'kubectl-writing.yaml',
  'kubectl-manifests.yaml',
  'hostile-kubectl.yaml',
];

describe.each(files)('%s', (file) => {
  const rows = readTable(file).map(({ kubectl, ...expected }) => [kubectl as string, expected] as const);
  test.each(rows)('%s', (text, expected) => {
    expect(Object.keys(expected)).not.toHaveLength(0);
    expect(observe(deriveKubectlText(text), expected)).toEqual(expected);
  });
});
