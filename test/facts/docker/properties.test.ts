/** What holds for every command line and request, however it was cut, spliced or changed. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  Unknown,
  ValueSet,
  isArray,
  toJson,
  type Value,
  type ValueObject,
} from '../../../src/values/value.js';
import type { DockerAnalysis } from '../../../src/facts/docker/call.js';
import { deriveDockerCommand, deriveDockerText } from '../../../src/facts/docker/derive.js';
import { splitWords } from '../../../src/facts/command-words.js';
import { factSchema } from '../../../src/facts/schema/index.js';
import { misfit } from '../misfit.js';
import { readCases } from './read-case.js';

const type = factSchema.roots['docker']!.type;
const texts = ['requests.yaml', 'commands.yaml', 'hostile.yaml'].flatMap((file) =>
  readCases(file).map(({ text }) => text),
);
const anyText = fc.constantFrom(...texts);

/** Either everything is unknown, or it is described as the schema says. */
function expectWhole({ docker, error }: DockerAnalysis): void {
  expect(misfit(docker, type, 'docker')).toBeNull();
  if (error !== null) for (const value of Object.values(docker)) expect(value).toBeInstanceOf(Unknown);
}

describe('every text', () => {
  test('of the tables fits the schema', () => {
    for (const text of texts) expectWhole(deriveDockerText(text));
  });

  test('cut, spliced or changed is described or unknown', () => {
    const character = fc.oneof(
      fc.constantFrom(...Array.from('{}[]",:;=/\\-\'$ \n\u0000é\ud800')),
      fc.string({ minLength: 1, maxLength: 3, unit: 'binary' }),
    );
    fc.assert(
      fc.property(anyText, anyText, character, fc.nat(300), fc.nat(300), (one, other, inserted, from, to) => {
        expectWhole(deriveDockerText(one.slice(0, from)));
        expectWhole(deriveDockerText(one.slice(0, from) + other.slice(to)));
        expectWhole(deriveDockerText(one.slice(0, from) + inserted + one.slice(from)));
      }),
      { numRuns: 400 },
    );
  });

  test('of any words is described or unknown', () => {
    const words = texts.filter((text) => text.startsWith('docker')).flatMap((text) => text.split(' '));
    const word = fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 8 }));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 10 }), (argv) => {
        expectWhole(deriveDockerCommand(argv));
        expectWhole(deriveDockerCommand(['docker', 'run', ...argv]));
        expectWhole(deriveDockerCommand(['exec', ...argv]));
      }),
      { numRuns: 300 },
    );
  });
});

/** The facts of the container that is created; null where nothing is known. */
function created({ docker }: DockerAnalysis): ValueObject | null {
  const requests = docker['requests'];
  if (!isArray(requests)) return null;
  return (requests as readonly ValueObject[]).find((one) => one['verb'] === 'create') ?? null;
}

const isTrueOrUnknown = (value: Value | undefined): boolean => value === true || value instanceof Unknown;

describe('a privileged container', () => {
  const flags = [
    ['--rm'],
    ['-it'],
    ['-e', 'A=1'],
    ['--name=x'],
    ['-p80:80'],
    ['--network', 'host'],
    ['--privileged=0'],
  ];

  test('is seen among any flags', () => {
    const around = fc.array(fc.constantFrom(...flags), { maxLength: 5 });
    const spelled = fc.constantFrom('--privileged', '--privileged=true', '--privileged=1', '--privileged=T');
    fc.assert(
      fc.property(around, spelled, around, (before, flag, after) => {
        const later = after.filter(([one]) => one !== '--privileged=0').flat();
        const argv = ['run', ...before.flat(), flag, ...later, 'alpine', '--privileged=false'];
        expect(created(deriveDockerCommand(argv))?.['privileged']).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('is seen or unknown in any case and order of its keys', () => {
    const spell = (name: string): fc.Arbitrary<string> =>
      fc
        .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
        .map((upper) =>
          Array.from(name, (c, i) => (upper[i] === true ? c.toUpperCase() : c.toLowerCase())).join(''),
        )
        .chain((text) => fc.constantFrom(text, text.replace('s', 'ſ'), text.replace(/k/i, 'K')));
    const others = fc.constantFrom<Record<string, unknown>>(
      {},
      { HostConfig: {} },
      { hostConfig: null },
      { Extra: 1 },
    );
    fc.assert(
      fc.property(spell('HostConfig'), spell('Privileged'), others, others, (host, key, before, after) => {
        const body = { Image: 'alpine', ...before, [host]: { [key]: true }, ...after };
        // A key of the same spelling replaces the one before it: then it is another request.
        if (Object.hasOwn(before, host) || Object.hasOwn(after, host)) return;
        const text = `POST /containers/create\nContent-Type: application/json\n\n${JSON.stringify(body)}`;
        const facts = created(deriveDockerText(text));
        expect(isTrueOrUnknown(facts?.['privileged'])).toBe(true);
      }),
      { numRuns: 400 },
    );
  });
});

describe('a body', () => {
  const bodies = readCases('requests.yaml')
    .filter(
      ({ text }) => text.startsWith('POST /containers/create') || text.includes('/v1.50/containers/create'),
    )
    .map(({ text }) => JSON.parse(text.slice(text.indexOf('\n\n') + 2)) as Record<string, unknown>);
  const factsOf = (body: unknown): ValueObject =>
    created(
      deriveDockerText(`POST /containers/create\nContent-Type: application/json\n\n${JSON.stringify(body)}`),
    )!;
  /** Whether everything that could be worse may be. */
  const mayBe = (value: Value): boolean =>
    value === true ||
    value instanceof Unknown ||
    (value instanceof ValueSet && value.items.some((one) => one instanceof Unknown)) ||
    (isArray(value) && value.some((one) => one instanceof Unknown));

  test('with a key that is not known is never taken for harmless', () => {
    const place = fc.constantFrom('top', 'host');
    fc.assert(
      fc.property(
        fc.constantFrom(...bodies),
        fc.constantFrom('Brandnew', 'Privileges', 'CapSet', 'bind'),
        place,
        (body, key, at) => {
          const host = (body['HostConfig'] ?? {}) as Record<string, unknown>;
          const changed =
            at === 'top' ? { ...body, [key]: 1 } : { ...body, HostConfig: { ...host, [key]: 1 } };
          const facts = factsOf(changed);
          for (const name of [
            'privileged',
            'capabilities_added',
            'security_options',
            'devices',
            'mounts',
            'ports',
          ])
            expect([name, mayBe(facts[name]!)]).toEqual([name, true]);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('shows no value of its environment', () => {
    const secret = fc.string({
      unit: fc.constantFrom(...Array.from('abcdef0123456789')),
      minLength: 12,
      maxLength: 20,
    });
    fc.assert(
      fc.property(fc.constantFrom(...bodies), secret, (body, text) => {
        const env = [`TOKEN=${text}`, `=${text}=x`, `A=b=${text}`];
        expect(JSON.stringify(toJson(factsOf({ ...body, Env: env })))).not.toContain(text);
        const line = deriveDockerCommand(['run', '-e', `TOKEN=${text}`, `--env=A=${text}`, 'alpine']);
        expect(JSON.stringify(toJson(line.docker))).not.toContain(text);
        const login = deriveDockerCommand(['login', '-u', 'ann', '-p', text, 'ghcr.io']);
        expect(JSON.stringify(toJson(login.docker))).not.toContain(text);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the socket of the engine', () => {
  const paths = ['/var/run/docker.sock', '/run/docker.sock', '/var/run', '/run/', '/var', '/', '//', '/x/../run', '/run/./docker.sock/.']; // prettier-ignore
  const ways: readonly ((path: string) => readonly string[])[] = [
    (path) => ['-v', `${path}:/x`],
    (path) => [`-v${path}:/x:ro`],
    (path) => [`--volume=${path}:/x:rslave,ro`],
    (path) => ['--mount', `type=bind,src=${path},dst=/x`],
    (path) => ['--mount', `type=BIND,source=${path},destination=/x,ro`],
    (path) => ['--mount', `dst=/x,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=${path}`],
  ];

  test('is seen however it is mounted', () => {
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.constantFrom(...ways), (path, way) => {
        const facts = created(deriveDockerCommand(['run', ...way(path), 'alpine']));
        const mounts = facts?.['mounts'] as readonly ValueObject[];
        expect(mounts.map((mount) => mount['engine_socket'])).toEqual([true]);
        expect(mounts[0]!['kind']).toBe('bind');
      }),
      { numRuns: 200 },
    );
  });
});

describe('words', () => {
  test('come back as they were, however they are quoted', () => {
    const quotes: readonly ((word: string) => string)[] = [
      (word) => `'${word.replaceAll("'", `'\\''`)}'`,
      (word) => `"${word.replace(/["\\$`]/g, '\\$&')}"`,
      (word) => word.replace(/[^\w]/g, '\\$&'),
    ];
    const word = fc.string({ minLength: 1, maxLength: 10 }).filter((text) => !/[\n\0]/.test(text));
    fc.assert(
      fc.property(fc.array(fc.tuple(word, fc.constantFrom(...quotes)), { maxLength: 6 }), (words) => {
        const line = words.map(([text, quote]) => quote(text)).join('  ');
        expect(splitWords(line)).toEqual(words.map(([text]) => text));
      }),
      { numRuns: 300 },
    );
  });
});

test('many short flags in one word are read', () => {
  expect(deriveDockerCommand(['run', `-${'i'.repeat(100_000)}`, 'alpine']).error).toBeNull();
});

test('what is too long is unknown', () => {
  for (const text of [`docker run ${'a '.repeat(3000)}`, `docker run ${'a'.repeat(300_000)}`]) {
    expect(deriveDockerText(text).error).not.toBeNull();
  }
});
