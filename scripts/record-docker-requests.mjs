/**
 * Runs the command lines of test/facts/docker/recorded.yaml with the real `docker` client against a server on loopback
 * that answers just enough, and writes what the client sent back into the file.
 * Run: node scripts/record-docker-requests.mjs && npm run format
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parse } from 'yaml';
import { root } from './root.mjs';

const file = join(root, 'test', 'facts', 'docker', 'recorded.yaml');
const secondsMax = 10;
const config = mkdtempSync(join(tmpdir(), 'docker-config-'));
const id = 'c'.repeat(64);

/** What the client needs to go on, by method and path. */
const answers = [
  [/^POST \/containers\/create$/, 201, { Id: id, Warnings: [] }],
  [/^POST \/containers\/[^/]+\/exec$/, 201, { Id: 'e'.repeat(64) }],
  [/^POST \/containers\/[^/]+\/wait$/, 200, { StatusCode: 0 }],
  [/^POST \/commit$/, 201, { Id: `sha256:${id}` }],
  [/^GET \/(containers|images)\/json$/, 200, []],
  [/^GET \/(networks|nodes|services|secrets|configs|plugins)$/, 200, []],
  [/^GET \/images\/search$/, 200, []],
  [/^GET \/images\/.*\/history$/, 200, []],
  [/^GET \/volumes$/, 200, { Volumes: [], Warnings: [] }],
  [/^GET \/containers\/[^/]+\/changes$/, 200, []],
  [
    /^GET \/containers\/[^/]+\/json$/,
    200,
    { Id: id, State: { Running: true }, Config: {}, HostConfig: {}, NetworkSettings: {} },
  ],
  [/^DELETE \/images\//, 200, []],
  [/^(POST|DELETE) .*\/(start|stop|kill|pause|unpause|restart|rename)$/, 204, null],
];

async function record(line) {
  const requests = [];
  let missing = true;
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url.replace(/\?.*$/, '').replace(/^\/v[\d.]+/, '');
      keep(requests, request, Buffer.concat(chunks));
      const absent = path === '/containers/create' && missing && !line.includes('--pull ');
      if (absent) missing = false;
      answer(response, `${request.method} ${path}`, absent);
    });
  });
  server.on('upgrade', (request, socket, head) => {
    keep(requests, request, head);
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    setTimeout(() => socket.end(), 50);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  await runClient(line, server.address().port);
  server.closeAllConnections();
  server.close();
  return requests;
}

function keep(requests, request, body) {
  const type = request.headers['content-type'];
  const text = type === 'application/json' ? body.toString().trim() : '';
  if (request.url === '/_ping') return;
  requests.push({ request: `${request.method} ${request.url}`, ...(text === '' ? {} : { body: text }) });
}

function answer(response, request, absent) {
  const [, status, body] = absent
    ? [null, 404, { message: 'No such image' }]
    : (answers.find(([pattern]) => pattern.test(request)) ?? [null, 200, {}]);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Api-Version': '1.50', Ostype: 'linux' });
  response.end(body === null ? undefined : JSON.stringify(body));
}

/** The words are split as the shell does it, in a folder without files and with a bare environment. */
function runClient(line, port) {
  const env = {
    PATH: process.env.PATH,
    HOME: config,
    DOCKER_CONFIG: config,
    DOCKER_HOST: `tcp://127.0.0.1:${port}`,
  };
  return new Promise((resolve) => {
    const client = spawn('sh', ['-f', '-c', line], {
      env,
      cwd: '/',
      stdio: 'ignore',
      timeout: secondsMax * 1000,
    });
    client.on('exit', resolve);
  });
}

const lines = parse(readFileSync(file, 'utf8')).map(({ docker }) => docker);
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
const output = [
  '# Written by scripts/record-docker-requests.mjs: command lines, and what the real client asked the engine for.',
];
for (const line of lines) {
  output.push(`- docker: ${quoted(line)}`, '  requests:');
  const requests = await record(line);
  if (requests.length === 0) output[output.length - 1] = '  requests: []';
  for (const { request, body } of requests) {
    output.push(`    - request: ${quoted(request)}`);
    if (body !== undefined) output.push(`      body: ${quoted(body)}`);
  }
}
writeFileSync(file, `${output.join('\n')}\n`);
rmSync(config, { recursive: true, force: true });
