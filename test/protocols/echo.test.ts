/**
 * The seam between the gateway and its protocols, held by a protocol that the house does not know: guard, record, masks,
 * reviews, replay, test rows and `explain`, and sessions of both kinds.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseModule } from '../../grammar/parser.js';
import { catalogueFinder } from '../../cli/input/catalogue-file.js';
import { host, loadRuleSet } from '../../cli/input/rule-set.js';
import { commandReader } from '../../cli/testing/command-reader.js';
import type { AuditEvent } from '../../src/audit/event.js';
import { verifyRecording } from '../../src/audit/recording.js';
import { explain } from '../../src/engine/explain/explain.js';
import { runTests } from '../../src/engine/testing/cases.js';
import { parseConfig, type GatewayConfig } from '../../src/gateway/config/config.js';
import { createGateway, type Gateway } from '../../src/gateway/gateway.js';
import type { Answer, ReviewRequest } from '../../src/gateway/reviews.js';
import { replayRecording, type ReplayedCommand } from '../../src/replay/replay.js';
import { eventsIn } from '../gateway/sessions.js';
import { bootOidc, type OidcProvider } from '../support/oidc.js';
import { startEchoProxy } from './echo/proxy.js';
import { echo } from './echo/protocol.js';
import { EchoTargets, type EchoSettings } from './echo/targets.js';

const RULES = `package talk

allow words if { some c in shell.commands; c.name in {"say", "shout", "show", "reboot"} }

deny secrets "not that" if contains(command.text, "secret")

review shouting "it is loud" by {"neighbours"} if { some c in shell.commands; c.name == "shout" }

mask mails pattern email with redact

mask column column "a.b" with redact if { some c in shell.commands; c.name == "show" }

limit little bytes 10 if { some c in shell.commands; c.name == "reboot" }
`;

let folder: string;
let provider: OidcProvider;
let target: Server;
let kind: EchoTargets;
let gateway: Gateway;
let asked: { readonly request: ReviewRequest; readonly answer: (answer: Answer) => void }[];
let proxies: { readonly port: number; close(): Promise<void> }[];
const heard: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-echo-'));
  mkdirSync(join(folder, 'rules'));
  writeFileSync(join(folder, 'rules', 'talk.rules'), RULES);
  provider = await bootOidc({ clients: { parrot: { groups: ['birds'] } } });
  target = createServer((socket) =>
    createInterface(socket).on('line', (line) => {
      heard.push(line);
      socket.write(`${line}\n`);
    }),
  );
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const settings: EchoSettings = {
    ...{ name: 'cave', type: 'echo', sessions: {}, labels: {} },
    port: (target.address() as AddressInfo).port,
  };
  const targets = new Map([['cave', settings]]);
  kind = new EchoTargets(targets);
  asked = [];
  const desk = {
    ask: (request: ReviewRequest) => {
      let answer: (answer: Answer) => void = () => undefined;
      const answered = new Promise<Answer>((resolve) => (answer = resolve));
      asked.push({ request, answer });
      return { review: `r${asked.length}`, answered, withdraw: () => answer({ kind: 'withdrawn' }) };
    },
  };
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const config: GatewayConfig = { ...configuration(), targets };
  gateway = await createGateway(config, silent, [kind], undefined, null, desk);
  proxies = [await startEchoProxy(gateway, kind, false), await startEchoProxy(gateway, kind, true)];
});

afterAll(async () => {
  for (const proxy of proxies) await proxy.close();
  gateway.close();
  target.close();
  await provider.stop();
  rmSync(folder, { recursive: true });
});

function configuration(): GatewayConfig {
  const { config, diagnostics } = parseConfig(
    join(folder, 'sallyport.yaml'),
    `rules: ./rules
identity: {issuers: [{issuer: "${provider.issuer}", audience: sallyport, groups: ["{groups}"]}]}
targets: {unused: {type: postgres, address: "127.0.0.1:1", database: x, user: x, tls: off}}
listen: {postgres: "127.0.0.1:0"}
recordings: ./recordings`,
  );
  if (config === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return config;
}

/** Sends lines over one connection, and gives what comes back for each. */
async function talk(port: number, ...lines: readonly string[]): Promise<string[]> {
  const socket = connect(port, '127.0.0.1');
  const answers: string[] = [];
  const reading = createInterface(socket)[Symbol.asyncIterator]();
  for (const line of lines) {
    socket.write(`${line}\n`);
    const next = await reading.next();
    if (next.done === true) break;
    answers.push(next.value);
  }
  socket.destroy();
  return answers;
}

async function session(...lines: readonly string[]): Promise<string[]> {
  const token = await provider.tokenFor('parrot');
  const [welcome, ...answers] = await talk(proxies[0]!.port, `${token} cave`, ...lines);
  expect(welcome).toBe('welcome');
  return answers;
}

const recordings = (): string => join(folder, 'recordings');
const events = (): AuditEvent[] => eventsIn(recordings());
const files = (): string[] =>
  readdirSync(recordings(), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.jsonl') && !name.startsWith('refused'))
    .map((name) => join(recordings(), name));

describe('a line', () => {
  test('is decided before the target hears it, and masked on its way back', async () => {
    expect(await session('say hello', 'say a@example.com', 'say secret', 'dance', 'say hello')).toEqual([
      'say hello',
      'say [redacted]',
      expect.stringContaining('denied by talk.secrets: not that'),
      expect.stringContaining('no rule allows it'),
      'say hello',
    ]);
    expect(heard).not.toContain('say secret');
    expect(heard).not.toContain('dance');
  });

  test('under a mask or a limit that is not carried out is refused', async () => {
    const [shown, rebooted] = await session('show b', 'reboot now');
    expect(shown).toContain('talk.column: an echo has no columns to mask');
    expect(rebooted).toContain('gateway.limit: a limit on bytes cannot be carried out');
  });

  test('is let in by a token alone, and on a target that there is', async () => {
    expect(await talk(proxies[0]!.port, 'nonsense cave')).toEqual(['no: authentication failed']);
    const token = await provider.tokenFor('parrot');
    expect(await talk(proxies[0]!.port, `${token} nowhere`)).toEqual(['no: no echo nowhere']);
    expect(events()).toContainEqual(
      expect.objectContaining({ kind: 'refused', protocol: 'echo', reason: 'no echo nowhere' }),
    );
  });
});

describe('a review', () => {
  test.each([
    [{ kind: 'approved', by: 'an owl' } as const, 'shout'],
    [{ kind: 'declined', by: 'an owl', reason: 'late' } as const, 'no: denied by talk.shouting'],
    [{ kind: 'expired' } as const, 'nobody answered its review in time'],
  ])('is waited for: %j', async (answer, told) => {
    const said = session(`shout ${answer.kind}`, 'say on');
    while (asked.every(({ request }) => !request.text.includes(answer.kind)))
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(heard).not.toContain(`shout ${answer.kind}`);
    asked.find(({ request }) => request.text.includes(answer.kind))!.answer(answer);
    const [first, second] = await said;
    expect(first).toContain(told);
    expect(second).toBe('say on');
    expect(heard.includes(`shout ${answer.kind}`)).toBe(answer.kind === 'approved');
    expect(events()).toContainEqual(expect.objectContaining({ kind: 'review', state: answer.kind }));
  });
});

describe('the record', () => {
  test('is of this protocol, whole, with frames and details', async () => {
    await session('say this');
    expect(events()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          ...{ kind: 'opened', version: 2, protocol: 'echo' },
          target: { name: 'cave', type: 'echo', database: '', labels: {} },
        }),
        expect.objectContaining({ kind: 'command', text: 'say this', context: { speaker: 'parrot' } }),
        expect.objectContaining({ kind: 'frame', data: 'say this', stream: 'output' }),
        expect.objectContaining({ kind: 'result', detail: { line: 'say this' } }),
      ]),
    );
    for (const file of files()) expect(await verifyRecording(file)).toMatchObject({ broken: null });
    expect(echo.show({ line: 'x' })).toMatchObject({ summary: 'x' });
    expect(echo.show({ tags: [] })).toBeNull();
  });

  test('is replayed: as it was, and by other rules', async () => {
    await session('say replayed', 'say secret');
    const stricter = join(folder, 'stricter');
    mkdirSync(stricter);
    writeFileSync(
      join(stricter, 'talk.rules'),
      `${RULES}\ndeny silence "quiet" if command.text == "say replayed"\n`,
    );
    const replayed = async (rules: string): Promise<ReplayedCommand[]> => {
      const { policy } = loadRuleSet([rules]);
      const found: ReplayedCommand[] = [];
      const options = { policy, base: null, protocols: [echo], world: () => ({ catalogue: null }) };
      for (const file of files())
        for await (const step of replayRecording(file, options))
          if (step.kind === 'command') found.push(step.replayed);
      return found;
    };
    const same = await replayed(join(folder, 'rules'));
    expect(same.length).toBeGreaterThan(5);
    expect(same.flatMap(({ changes }) => changes)).toEqual([]);
    const other = (await replayed(stricter)).filter(({ changes }) => changes.length > 0);
    expect(other.map(({ text, before, after }) => [text, before.effect, after.effect])).toEqual([
      ['say replayed', 'allow', 'deny'],
    ]);
  });

  test('of a protocol that is not known here is not guessed at', async () => {
    const { policy } = loadRuleSet([join(folder, 'rules')]);
    const options = { policy, base: null, world: () => ({ catalogue: null }) };
    const steps = [];
    for await (const step of replayRecording(files()[0]!, options)) steps.push(step);
    expect(steps).toMatchObject([{ kind: 'broken', problem: 'the protocol `echo` is not known here' }]);
  });
});

test('test rows and explanations read it as the gateway does', () => {
  const { bundle, policy } = loadRuleSet([join(folder, 'rules')]);
  const tests = parseModule(
    'talk_test.rules',
    `package talk

test "talking" {
  given target.type := "ssh"
  shell "say hello" => allow
  shell "say secret" => deny talk.secrets
  shell "show b" => deny
}
`,
  ).module!;
  const source = { ...bundle, modules: [...bundle.modules, tests] };
  const reader = commandReader(catalogueFinder([], 'tests'), policy, [echo]);
  const ran = runTests(source, host, reader.extractors, { plan: reader.plan });
  expect(ran.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(ran.tests.map(({ title, rows }) => [title, rows.map(({ passed }) => passed)])).toEqual([
    ['talking', [true, true, true]],
  ]);
  const { roots } = echo.read('say secret', {}, { catalogue: null });
  const command = { protocol: 'echo', text: 'say secret', phase: 'query' };
  const explained = explain(bundle, host, { ...roots, command });
  expect(explained?.decision.rules.map(({ id }) => id)).toContain('talk.secrets');
});

describe('requests that carry their tokens', () => {
  test('share a session until it is idle, and each token is looked at', async () => {
    const token = await provider.tokenFor('parrot');
    const before = gateway.sessions.size;
    const { port } = proxies[1]!;
    const say = (words: string, by = token): Promise<string[]> => talk(port, `${by} cave ${words}`);
    expect(await Promise.all([say('say one'), say('say two'), say('say secret')])).toEqual([
      ['say one'],
      ['say two'],
      [expect.stringContaining('talk.secrets')],
    ]);
    expect(gateway.sessions.size).toBe(before + 1);
    expect(await say('say three', await provider.tokenFor('parrot'))).toEqual(['say three']);
    expect(gateway.sessions.size).toBe(before + 2);
    expect(await say('say four', 'garbage')).toEqual(['no: authentication failed']);
    const [shared] = [...gateway.sessions].slice(before);
    shared!.close('idle');
    expect(await say('say five')).toEqual(['say five']);
    expect(gateway.sessions.size).toBe(before + 2);
    expect(kind.open).toBe(gateway.sessions.size);
  });
});

test('news of other processes reach the kind of targets that they are for', () => {
  gateway.told('echo', { something: 'new' });
  gateway.told('unknown', 1);
  expect(kind.news).toEqual([{ something: 'new' }]);
});
