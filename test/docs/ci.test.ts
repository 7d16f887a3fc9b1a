/** The jobs of docs/ci.md, run as their systems run them: before a real gateway, with what each gives a job. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { KUBERNETES_FILE } from '../../cli/token-sources/file.js';
import { renderDiagnostic } from '../../grammar/diagnostic.js';
import { parseConfig } from '../../src/gateway/config/config.js';
import { makeCertificates } from '../support/certificate.js';
import { bootHouse, type House } from '../support/gateway.js';
import { githubTokens, type GithubTokens } from '../support/github-tokens.js';

const SCHEMA = `CREATE TABLE IF NOT EXISTS releases (name text);
INSERT INTO releases VALUES ('from the schema');`;

interface Block {
  /** The comment in its first line. */
  readonly title: string;
  readonly text: string;
}

function blocks(page: string): readonly Block[] {
  const found = [...readFileSync(page, 'utf8').matchAll(/```yaml\n(?:# (.*)\n)?([\s\S]*?)```/g)];
  return found.map(([, title, text]) => ({ title: title ?? '', text: text! }));
}

const jobs = blocks('docs/ci.md');

describe('configurations in the documentation', () => {
  const complete = {
    rules: './rules',
    targets: { orders: { type: 'postgres', address: 'db:5432', database: 'orders', user: 'app' } },
    listen: { postgres: '127.0.0.1:15432' },
    recordings: './recordings',
  };
  const shown = [
    ...jobs.filter(({ title }) => title === 'in sallyport.yaml'),
    ...blocks('docs/operations.md').filter(({ text }) => text.includes('  sessions:')),
  ];

  test('are there', () => expect(shown.length).toBe(3));

  test.each(shown)('are taken: $text', ({ text }) => {
    const whole = JSON.stringify({ ...complete, ...(parse(text) as object) });
    expect(parseConfig('sallyport.yaml', whole).diagnostics.map(renderDiagnostic)).toEqual([]);
  });
});

describe('the job of', () => {
  let house: House;
  let github: GithubTokens;
  let bin: string;

  beforeAll(async () => {
    house = await bootHouse({ 'ci.rules': 'package ci\nallow everything if "ci-test" in identity.groups' }, [
      'ci-test',
    ]);
    const made = makeCertificates();
    for (const [name, text] of Object.entries({ ...made }))
      writeFileSync(join(house.folder, `${name}.pem`), text);
    await house.reconfigure((text) => `${text}tls: {cert: ./cert.pem, key: ./key.pem}\n`);
    github = await githubTokens(house.oidc, 'ci-test');
    bin = join(house.folder, 'bin');
    for (const folder of [bin, join(house.folder, 'db'), join(house.folder, 'ci')]) mkdirSync(folder);
    writeFileSync(join(house.folder, 'db/schema.sql'), SCHEMA);
    writeFileSync(join(house.folder, 'ci/gateway-ca.pem'), made.ca);
    program('policy', `exec ${process.execPath} ${resolve('dist/policy.mjs')} "$@"`);
  }, 120_000);
  afterAll(async () => {
    await github.close();
    await house.stop();
  }, 60_000);

  function program(name: string, script: string): void {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  const token = (): Promise<string> => house.oidc.sign({ claims: { groups: ['ci-test'] } });

  /** As in the page, but for where the gateway is. */
  function job(title: string): unknown {
    const { text } = jobs.find((block) => block.title === title)!;
    const here = text.replaceAll("'15432'", `'${house.port}'`).replaceAll(':15432', `:${house.port}`);
    return parse(here.replaceAll('gateway.example', 'localhost'));
  }

  /** How its shell, or the command itself, ends, and what it says. */
  function run(command: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
    const path = [bin, process.env['PATH']].join(delimiter);
    return new Promise((done, failed) => {
      const [name = '', ...args] = command;
      const child = spawn(name, args, {
        cwd: house.folder,
        env: { PATH: path, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
      child.once('error', failed);
      child.once('close', (code) =>
        code === 0 ? done(said) : failed(new Error(`it ended with ${code}: ${said}`)),
      );
    });
  }

  const shell = (script: string, env: Readonly<Record<string, string>>): Promise<string> =>
    run(['sh', '-ec', script], env);

  async function releases(): Promise<number> {
    const there = await house.server.query("SELECT to_regclass('releases') IS NOT NULL AS there", 'shop');
    if (there[0]!['there'] !== true) return 0;
    return (await house.server.query('SELECT count(*)::int AS n FROM releases', 'shop'))[0]!['n'] as number;
  }

  interface GithubJob {
    readonly permissions: Readonly<Record<string, string>>;
    readonly jobs: {
      readonly migrate: {
        readonly env: Readonly<Record<string, string>>;
        readonly steps: readonly { readonly run?: string }[];
      };
    };
  }

  test.each([
    ['.github/workflows/migrate.yml', 2],
    ['.github/workflows/migrate.yml, with the token as the password', 2],
  ])(
    'GitHub Actions: %s',
    async (title, scripts) => {
      const { permissions, jobs: of } = job(title) as GithubJob;
      expect(permissions['id-token']).toBe('write');
      const { env, steps } = of.migrate;
      const found = steps.flatMap((step) => step.run ?? []);
      expect(found.length).toBe(scripts);
      for (const script of found) {
        const before = await releases();
        const said = await shell(script, { ...env, ...github.env });
        expect(await releases()).toBe(before + 1);
        // GitHub leaves this line out of the log, and the token out of what follows.
        const log = said.replaceAll(/^::add-mask::.*$/gm, '');
        for (const one of github.given) expect(log).not.toContain(one);
      }
    },
    60_000,
  );

  interface GitlabJob {
    readonly migrate: {
      readonly id_tokens: Readonly<Record<string, { readonly aud: string }>>;
      readonly variables: Readonly<Record<string, string>>;
      readonly script: readonly string[];
    };
  }

  test.each(['.gitlab-ci.yml', '.gitlab-ci.yml, with the token as the password'])(
    'GitLab: %s',
    async (title) => {
      const { id_tokens, variables, script } = (job(title) as GitlabJob).migrate;
      const [[name, { aud }]] = Object.entries(id_tokens) as [[string, { aud: string }]];
      expect(aud).toBe(house.oidc.audience);
      const before = await releases();
      const secret = await token();
      const said = await shell(script.join('\n'), { GITLAB_CI: 'true', ...variables, [name]: secret });
      expect([await releases(), said.includes(secret)]).toEqual([before + 1, false]);
    },
    60_000,
  );

  interface Step {
    readonly command: string;
    readonly env: Readonly<Record<string, string>>;
  }

  test('Buildkite', async () => {
    const { steps } = job('.buildkite/pipeline.yml') as { steps: readonly Step[] };
    program('buildkite-agent', `[ "$1 $2" = "oidc request-token" ] && echo ${await token()}`);
    const before = await releases();
    for (const { command, env } of steps) await shell(command, { BUILDKITE: 'true', ...env });
    expect(await releases()).toBe(before + 1);
  }, 60_000);

  interface CircleJob {
    readonly jobs: {
      readonly migrate: {
        readonly environment: Readonly<Record<string, string>>;
        readonly steps: readonly (string | { readonly run: string })[];
      };
    };
  }

  test('CircleCI', async () => {
    const { environment, steps } = (job('.circleci/config.yml') as CircleJob).jobs.migrate;
    program('circleci', `[ "$1 $2 $3" = "run oidc get" ] && echo ${await token()}`);
    const before = await releases();
    for (const step of steps)
      if (typeof step !== 'string') await shell(step.run, { CIRCLECI: 'true', ...environment });
    expect(await releases()).toBe(before + 1);
  }, 60_000);

  interface Container {
    readonly command: readonly string[];
    readonly env: readonly { readonly name: string; readonly value: string }[];
    readonly volumeMounts: readonly { readonly mountPath: string }[];
  }
  interface PodJob {
    readonly spec: {
      readonly template: {
        readonly spec: {
          readonly containers: readonly Container[];
          readonly volumes: readonly {
            readonly projected: {
              readonly sources: readonly {
                readonly serviceAccountToken: Readonly<Record<string, unknown>>;
              }[];
            };
          }[];
        };
      };
    };
  }

  test('Kubernetes', async () => {
    const { containers, volumes } = (job('migrate.yaml') as PodJob).spec.template.spec;
    const [{ command, env, volumeMounts }] = containers as [Container];
    const { serviceAccountToken } = volumes[0]!.projected.sources[0]!;
    expect(serviceAccountToken['audience']).toBe(house.oidc.audience);
    expect(join(volumeMounts[0]!.mountPath, String(serviceAccountToken['path']))).toBe(KUBERNETES_FILE);
    const file = join(house.folder, 'projected');
    writeFileSync(file, await token());
    const variables = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    const before = await releases();
    await run(command, { ...variables, SALLYPORT_TOKEN_FROM: `file:${file}` });
    expect(await releases()).toBe(before + 1);
  }, 60_000);
});
