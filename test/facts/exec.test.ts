import { describe, expect, test } from '@jest/globals';
import { toJson, Unknown, type Value } from '../../src/values/value.js';
import { deriveDockerText } from '../../src/facts/docker/derive.js';
import { shellOfExec } from '../../src/facts/exec.js';
import { deriveKubectlText } from '../../src/facts/kubernetes/kubectl/derive.js';

const kubectl = (text: string): Value => deriveKubectlText(text);
const docker = (text: string): Value => deriveDockerText(text).docker;

const argv = (root: Value): unknown => {
  const commands = shellOfExec(root)?.['commands'];
  if (commands === undefined) return null;
  if (commands instanceof Unknown) return commands.reason;
  return (toJson(commands) as { argv?: string[]; $unknown?: string }[]).map(
    (one) => one.argv ?? one.$unknown,
  );
};

describe('what runs inside of containers', () => {
  test.each([
    ['the words of kubectl exec', kubectl('exec web -n shop -- rm -rf /tmp/x'), [['rm', '-rf', '/tmp/x']]],
    ['are no shell text', kubectl("exec web -- echo '$(rm x); rm y'"), [['echo', '$(rm x); rm y']]],
    [
      'unless a shell reads them',
      kubectl("exec web -- sh -c 'ls; rm x'"),
      [['sh', '-c', 'ls; rm x'], ['ls'], ['rm', 'x']],
    ],
    [
      'the words of docker exec',
      docker('exec -u root web sudo rm x'),
      [
        ['sudo', 'rm', 'x'],
        ['rm', 'x'],
      ],
    ],
    ['nothing of other requests', kubectl('get pods'), null],
    ['nothing of other objects', docker('ps'), null],
    [
      'everything is unknown where the requests are',
      kubectl('exec --nonsense web -- ls'),
      expect.any(String),
    ],
  ])('%s', (_, root, expected) => {
    expect(argv(root)).toEqual(expected);
  });

  test('what is not known may be any command', () => {
    const unknown = new Unknown('the body was cut off');
    expect(argv({ requests: unknown })).toBe('the body was cut off');
    expect(argv({ requests: [unknown] })).toEqual(['the words of a command are not known']);
    expect(argv({ requests: [{ subresource: 'exec', argv: unknown }] })).toEqual([
      'the words of a command are not known',
    ]);
    expect(argv({ requests: [{ subresource: unknown, argv: ['ls'] }] })).toEqual([['ls']]);
    expect(argv({ requests: [{ object: 'exec', command: ['ls', unknown] }] })).toEqual([
      ['ls', { $unknown: 'a word is not known' }],
    ]);
  });
});
