/** The gateway's own login to a real server, by each method that pg_hba.conf can ask for. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, TLSSocket, createSecureContext } from 'node:tls';
import type { Fatal } from '../../proxy/postgres/wire/fatal.js';
import { encode } from '../../proxy/postgres/wire/frontend-codec.js';
import { FRONTEND } from '../../proxy/postgres/wire/messages.js';
import { cancelUpstream, connectUpstream, type Upstream } from '../../proxy/postgres/login/upstream.js';
import { targetStream } from '../../proxy/postgres/login/target-stream.js';
import { readCatalogue } from '../../src/targets/postgres/read-catalogue.js';
import type { UpstreamLogin, UpstreamTls } from '../../src/targets/postgres/upstream-login.js';
import { makeCertificates } from '../support/certificate.js';
import { bootPostgres, hasPostgres15, type PostgresServer } from '../support/postgres.js';

const HBA = `
hostssl all scram_user all scram-sha-256
hostssl all both_user all scram-sha-256 clientcert=verify-full
hostssl all cert_user all cert
host all md5_user all md5
host all clear_user all password
host all trust_user all trust
host all postgres all scram-sha-256
`;
const PASSWORD = 'the password of a target';

const own = makeCertificates([], undefined, 'cert_user');
const both = makeCertificates([], undefined, 'both_user');
/** An authority that the gateway trusts beside the server's own: whoever holds its key can stand in the middle. */
const middle = makeCertificates();

const versions = hasPostgres15() ? ([18, 15] as const) : ([18] as const);

describe.each(versions)('PostgreSQL %i', (version) => {
  let server: PostgresServer;
  let data: string;

  beforeAll(async () => {
    server = await bootPostgres({ tls: true, version });
    data = join(server.folder, 'data');
    await server.query(`
      CREATE ROLE scram_user LOGIN PASSWORD '${PASSWORD}';
      CREATE ROLE both_user LOGIN PASSWORD '${PASSWORD}';
      CREATE ROLE cert_user LOGIN;
      CREATE ROLE trust_user LOGIN;
      CREATE ROLE clear_user LOGIN PASSWORD '${PASSWORD}';
      SET password_encryption = md5;
      CREATE ROLE md5_user LOGIN PASSWORD '${PASSWORD}';`);
    install('client-ca.crt', own.ca + both.ca);
    writeFileSync(join(data, 'pg_hba.conf'), HBA);
    await server.query("ALTER SYSTEM SET ssl_ca_file = 'client-ca.crt'");
    await reload();
  }, 60_000);
  afterAll(() => server.stop());

  /** For the server's eyes only, as it wants a key to be. */
  function install(name: string, text: string): void {
    const { uid, gid } = statSync(data);
    writeFileSync(join(data, name), text, { mode: 0o600 });
    chownSync(join(data, name), uid, gid);
  }

  /** Resolves when new connections get the settings that were written. */
  async function reload(): Promise<void> {
    const loaded = async (): Promise<unknown> =>
      (await server.query('SELECT pg_conf_load_time()::text AS at'))[0]!['at'];
    const before = await loaded();
    process.kill(server.pid, 'SIGHUP');
    while ((await loaded()) === before);
  }

  /** Resolves when new connections get this certificate. */
  async function exchange(key: string, cert: string): Promise<void> {
    install('server.key', key);
    install('server.crt', cert);
    process.kill(server.pid, 'SIGHUP');
    for (;;) {
      const secured = await tlsTo(server.port);
      const shown = secured.getPeerX509Certificate()!.toString();
      secured.destroy();
      if (shown.trim() === cert.trim()) return;
    }
  }

  async function tlsTo(port: number): Promise<TLSSocket> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
    await new Promise((done) => socket.once('readable', done));
    socket.read();
    const secured = connectTls({ socket, rejectUnauthorized: false });
    secured.on('error', () => undefined);
    await new Promise((done) => secured.once('secureConnect', done));
    return secured;
  }

  function verified(changes: Partial<UpstreamTls & { kind: 'verify' }> = {}): UpstreamTls {
    return {
      kind: 'verify',
      ca: server.ca,
      client: null,
      serverName: null,
      channelBinding: 'prefer',
      ...changes,
    };
  }

  function login(user: string, tls: UpstreamTls, changes: Partial<UpstreamLogin> = {}): UpstreamLogin {
    const base = {
      host: 'localhost',
      port: server.port,
      database: 'postgres',
      user,
      password: PASSWORD,
      tls,
    };
    return { ...base, ...changes };
  }

  async function enters(one: UpstreamLogin): Promise<Upstream> {
    const upstream = await connectUpstream(one, new Map(), 10_000);
    upstream.socket.destroy();
    expect(upstream.settings.get('server_version')).toMatch(new RegExp(`^${version}`));
    return upstream;
  }

  /** What the record says; the client is told one thing, whatever it was. */
  async function refused(one: UpstreamLogin): Promise<string> {
    try {
      (await connectUpstream(one, new Map(), 10_000)).socket.destroy();
    } catch (error) {
      const fatal = error as Fatal;
      expect([fatal.name, fatal.sqlstate]).toEqual(['Fatal', '08006']);
      expect(fatal.message).toMatch(
        /^the target (?:cannot be reached at the moment|did not let the gateway in)$/,
      );
      expect(`${fatal.message} ${fatal.detail} ${fatal.stack}`).not.toContain(PASSWORD);
      return fatal.detail;
    }
    throw new Error('it let the gateway in');
  }

  /** How the server says that a role came in; of a login that is bound it says the same. */
  function methodOf(user: string): string | undefined {
    const lines = server.log().matchAll(new RegExp(`identity="[^"]*${user}" method=(\\S+)`, 'g'));
    return [...lines].at(-1)?.[1];
  }

  test('SCRAM bound to the certificate, which may be required', async () => {
    await enters(login('scram_user', verified({ channelBinding: 'require' })));
    expect(methodOf('scram_user')).toBe('scram-sha-256');
    expect(await refused(login('scram_user', verified(), { password: 'wrong' }))).toMatch(/^28P01/);
    expect(await refused(login('scram_user', verified(), { password: null }))).toMatch(/none is set/);
  });

  test.each([
    ['ASCII with control characters', 'a\u0007b\u007f c'],
    ['a space that is no space', 'a\u00a0b\u3000c'],
    ['a zero-width space, which two tables have', 'a\u200bb'],
    ['what is mapped to nothing', 'a\u00adb\ufe0fc'],
    ['compatibility characters', '\ufb01\u2168\u2075\uff21'],
    ['a letter in two parts', 'e\u0301'],
    ['right to left', '\u0627\u0031\u0628'],
    ['right to left and left to right, which is prohibited', 'a\u00a0\u0627'],
    ['right to left with a digit at its end, which is prohibited', '\u0627\u00a01'],
    ['a prohibited character', '\ufb01\u0080'],
    ['a character that Unicode 3.2 did not have', '\ufb01\u{1f600}'],
    ['nothing but what is mapped to nothing', '\u00ad'],
  ])('a password of %s is prepared as the server does', async (_, password) => {
    const client = await server.connect();
    await client.query(`ALTER ROLE scram_user PASSWORD ${client.escapeLiteral(password)}`);
    await client.end();
    try {
      await enters(login('scram_user', verified(), { password }));
    } finally {
      await server.query(`ALTER ROLE scram_user PASSWORD '${PASSWORD}'`);
    }
  });

  test.each(['md5_user', 'clear_user', 'trust_user'])(
    '%s cannot be bound, which `require` notices',
    async (user) => {
      await enters(login(user, verified()));
      expect(await refused(login(user, verified({ channelBinding: 'require' })))).toMatch(/channel binding/);
      await enters(login(user, { kind: 'off' }, { host: '127.0.0.1' }));
      if (user !== 'trust_user') expect(methodOf(user)).toBe(user === 'md5_user' ? 'md5' : 'password');
    },
  );

  test('a certificate of its own, alone and beside a password', async () => {
    await enters(login('cert_user', verified({ client: own }), { password: null }));
    expect(methodOf('localhost|cert_user')).toBe('cert');
    await enters(login('both_user', verified({ client: both, channelBinding: 'require' })));
    expect(await refused(login('cert_user', verified()))).toMatch(/^28000.*certificate/);
    expect(await refused(login('cert_user', verified({ client: both })))).toMatch(/^28000/);
    const stranger = makeCertificates([], undefined, 'cert_user');
    expect(await refused(login('cert_user', verified({ client: stranger })))).not.toBe('');
    const mixed = { cert: own.cert, key: both.key };
    expect(await refused(login('cert_user', verified({ client: mixed })))).toMatch(
      /cannot be used.*mismatch/,
    );
  });

  test('TLS only with whom it is meant', async () => {
    const named = { serverName: 'localhost', channelBinding: 'require' as const };
    await enters(login('scram_user', verified(named), { host: '127.0.0.1' }));
    expect(await refused(login('scram_user', verified({ serverName: 'db.internal' })))).toMatch(/altnames/);
    expect(await refused(login('scram_user', verified({ ca: null })))).toMatch(/certificate/);
    expect(await refused(login('scram_user', verified({ ca: own.ca })))).toMatch(/certificate/);
  });

  test('the catalogue is read by the same means', async () => {
    const bound = verified({ client: both, channelBinding: 'require' });
    expect((await readCatalogue(login('both_user', bound), targetStream)).searchPath).toEqual(['public']);
    const unbound = readCatalogue(login('md5_user', verified({ channelBinding: 'require' })), targetStream);
    await expect(unbound).rejects.toThrow(/channel binding/);
    const wrong = readCatalogue(login('scram_user', verified(), { password: 'wrong' }), targetStream);
    await expect(wrong).rejects.toThrow(/^28P01/);
  });

  test('a cancel request goes the same way', async () => {
    const one = login('both_user', verified({ client: both, channelBinding: 'require' }));
    const { socket, processId, secret } = await connectUpstream(one, new Map(), 10_000);
    let heard = '';
    socket.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1')));
    socket.write(encode(FRONTEND.Query, 'SELECT pg_sleep(3600)'));
    const asleep = `SELECT 1 FROM pg_stat_activity WHERE pid = ${processId} AND wait_event = 'PgSleep'`;
    while ((await server.query(asleep)).length === 0);
    await cancelUpstream(one, processId, Buffer.from(secret).reverse(), 10_000);
    expect((await server.query(asleep)).length).toBe(1);
    await cancelUpstream(one, processId, secret, 10_000);
    while (!heard.includes('C57014')) await new Promise((next) => socket.once('data', next));
    socket.destroy();
  });

  describe('somebody in the middle, with a certificate that is trusted', () => {
    test('cannot pass a login on that is bound', async () => {
      const trusting = verified({ ca: `${server.ca}${middle.ca}` });
      const port = await standBetween((bytes) => bytes);
      expect(await refused(login('scram_user', trusting, { port }))).toMatch(/^28000.*channel binding/i);
      // Who could pass on every other: that one stands there with more than eyes.
      await enters(login('clear_user', trusting, { port }));
    });

    test('cannot take the offer to bind it away', async () => {
      const trusting = verified({ ca: `${server.ca}${middle.ca}` });
      const port = await standBetween(withoutPlus);
      expect(await refused(login('scram_user', trusting, { port }))).toMatch(/^28000.*channel binding/i);
      const strict = verified({ ca: `${server.ca}${middle.ca}`, channelBinding: 'require' });
      expect(await refused(login('scram_user', strict, { port }))).toMatch(/offers no authentication with/);
    });

    test('cannot take the TLS away and leave the offer', async () => {
      const port = await standBetween((bytes) => bytes, 'plain');
      expect(await refused(login('scram_user', { kind: 'off' }, { host: '127.0.0.1', port }))).toMatch(
        /without TLS/,
      );
    });

    const between: Socket[] = [];
    afterAll(() => between.forEach((socket) => socket.destroy()));

    /** Speaks TLS to both, or to the server alone. */
    async function standBetween(
      change: (bytes: Buffer) => Buffer,
      side: 'tls' | 'plain' = 'tls',
    ): Promise<number> {
      const secureContext = createSecureContext(middle);
      const listener = createServer((socket) => void stand(socket));
      const stand = async (socket: Socket): Promise<void> => {
        between.push(socket);
        socket.on('error', () => undefined);
        const secured = await tlsTo(server.port);
        between.push(secured);
        let client: Socket = socket;
        if (side === 'tls') {
          await new Promise((done) => socket.once('readable', done));
          socket.read();
          socket.write('S');
          client = new TLSSocket(socket, { isServer: true, secureContext });
        }
        client.on('error', () => undefined);
        client.on('data', (bytes: Buffer) => secured.write(bytes));
        secured.on('data', (bytes: Buffer) => client.write(change(bytes)));
        secured.on('close', () => client.end());
        client.on('close', () => secured.destroy());
      };
      await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
      listener.unref();
      return (listener.address() as AddressInfo).port;
    }
  });

  test.each([
    ['rsa:2048', ['-sha384'], true],
    ['rsa:2048', ['-sha1'], true],
    ['rsa:2048', ['-sha384', '-sigopt', 'rsa_padding_mode:pss'], true],
    ['ec', ['-sha512', '-pkeyopt', 'ec_paramgen_curve:P-384'], true],
    ['ed25519', [], false],
  ])('a certificate signed with %s %s: bound %s', async (kind, options, bindable) => {
    const files = ['server.key', 'server.crt'].map((name) => join(data, name));
    const saved = files.map((file) => readFileSync(file, 'utf8'));
    const [key, cert] = ['new.key', 'new.crt'].map((name) => join(server.folder, name));
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const made = ['-newkey', kind, ...options, '-nodes', '-keyout', key!, '-out', cert!, '-days', '9'];
    execFileSync('openssl', ['req', '-x509', ...made, ...subject], { stdio: 'ignore' });
    const ca = readFileSync(cert!, 'utf8');
    try {
      await exchange(readFileSync(key!, 'utf8'), ca);
      await enters(login('scram_user', verified({ ca })));
      const strict = login('scram_user', verified({ ca, channelBinding: 'require' }));
      if (bindable) await enters(strict);
      else expect(await refused(strict)).toMatch(/channel binding/);
    } finally {
      await exchange(saved[0]!, saved[1]!);
    }
  });
});

/** The server's AuthenticationSASL as if it knew one mechanism only. */
function withoutPlus(bytes: Buffer): Buffer {
  const at = bytes.indexOf('SCRAM-SHA-256-PLUS\0');
  if (at < 0) return bytes;
  const rest = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 'SCRAM-SHA-256-PLUS\0'.length)]);
  rest.writeInt32BE(rest.readInt32BE(1) - 'SCRAM-SHA-256-PLUS\0'.length, 1);
  return rest;
}
