/** The jobs of docs/ci.md, run as their systems run them: before a real gateway, with what each gives a job. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { KUBERNETES_FILE } from '../../cli/token-sources/file.js';
import { renderDiagnostic } from '../../grammar/diagnostic.js';
import { parseConfig } from '../../src/gateway/config/config.js';
import { makeCertificates } from '../support/certificate.js';
import { bootHouse, type House } from '../support/gateway.js';
import { githubTokens, type GithubTokens } from '../support/github-tokens.js';
import { blocksOf, jobsOf, type Job } from './jobs.js';

const SCHEMA = `CREATE TABLE IF NOT EXISTS releases (name text);
INSERT INTO releases VALUES ('from the schema');`;

const page = blocksOf('docs/ci.md', 'yaml', 'groovy');

describe('configurations in the documentation', () => {
  const complete = {
    rules: './rules',
    targets: { orders: { type: 'postgres', address: 'db:5432', database: 'orders', user: 'app' } },
    listen: { postgres: '127.0.0.1:15432' },
    recordings: './recordings',
  };
  const shown = [
    ...page.filter(({ title }) => title.startsWith('in sallyport.yaml')),
    ...blocksOf('docs/operations.md', 'yaml').filter(({ text }) => text.includes('  sessions:')),
  ];

  test('are there', () => expect(shown.length).toBe(6));

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
  function here(title: string): (typeof page)[number] {
    const block = page.find((one) => one.title === title)!;
    const text = block.text.replaceAll("'15432'", `'${house.port}'`).replaceAll(':15432', `:${house.port}`);
    return { ...block, text: text.replaceAll('gateway.example', 'localhost') };
  }

  const job = (title: string): Job => jobsOf(here(title)).get('migrate')!;

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

  test.each([
    ['.github/workflows/migrate.yml', 2],
    ['.github/workflows/migrate.yml, with the token as the password', 2],
  ])(
    'GitHub Actions: %s',
    async (title, count) => {
      const { permissions } = parse(here(title).text) as { permissions: Readonly<Record<string, string>> };
      expect(permissions['id-token']).toBe('write');
      const { env, scripts } = job(title);
      expect(scripts.length).toBe(count);
      for (const script of scripts) {
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

  test.each(['.gitlab-ci.yml', '.gitlab-ci.yml, with the token as the password'])(
    'GitLab: %s',
    async (title) => {
      const { migrate } = parse(here(title).text) as {
        readonly migrate: { readonly id_tokens: Readonly<Record<string, { readonly aud: string }>> };
      };
      const [[name, { aud }]] = Object.entries(migrate.id_tokens) as [[string, { aud: string }]];
      expect(aud).toBe(house.oidc.audience);
      const { env, scripts } = job(title);
      const before = await releases();
      const secret = await token();
      const said = await shell(scripts.join('\n'), { GITLAB_CI: 'true', ...env, [name]: secret });
      expect([await releases(), said.includes(secret)]).toEqual([before + 1, false]);
    },
    60_000,
  );

  test('Buildkite', async () => {
    const { env, scripts } = job('.buildkite/pipeline.yml');
    program('buildkite-agent', `[ "$1 $2" = "oidc request-token" ] && echo ${await token()}`);
    const before = await releases();
    for (const script of scripts) await shell(script, { BUILDKITE: 'true', ...env });
    expect(await releases()).toBe(before + 1);
  }, 60_000);

  test('CircleCI', async () => {
    const { env, scripts } = job('.circleci/config.yml');
    program('circleci', `[ "$1 $2 $3" = "run oidc get" ] && echo ${await token()}`);
    const before = await releases();
    for (const script of scripts) await shell(script, { CIRCLECI: 'true', ...env });
    expect(await releases()).toBe(before + 1);
  }, 60_000);

  test('Jenkins', async () => {
    const { text } = here('Jenkinsfile');
    const { env, scripts } = job('Jenkinsfile');
    const [, credential, variable] = /file\(credentialsId: '(\w+)', variable: '(\w+)'\)/.exec(text)!;
    const code = page.find(({ title }) => title.startsWith('jenkins.yaml'))!;
    expect(code.text).toContain(
      `idTokenFile: { id: ${credential}, scope: GLOBAL, audience: ${house.oidc.audience} }`,
    );
    const file = join(house.folder, 'id_token');
    writeFileSync(file, await token());
    const before = await releases();
    expect(scripts).toHaveLength(1);
    for (const script of scripts) await shell(script, { ...env, [variable!]: file });
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
    const { containers, volumes } = (parse(here('migrate.yaml').text) as PodJob).spec.template.spec;
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
