/**
 * Runs the command lines of test/facts/kubernetes/recorded.yaml, or of another table, with the real kubectl against a server on loopback that
 * answers just enough, and writes what was sent back into the file.
 * Run: node scripts/record-kubectl-requests.mjs [TABLE.yaml] KUBECTL... ; of several versions the requests of all are kept.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parse } from 'yaml';
import { root } from './root.mjs';

const args = process.argv.slice(2);
const table = args[0]?.endsWith('.yaml') ? args.shift() : 'recorded.yaml';
const file = join(root, 'test', 'facts', 'kubernetes', table);
const secondsMax = 10;
const home = mkdtempSync(join(tmpdir(), 'kubectl-'));

const all = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const namespaced = true;
/** group/version → resources as [plural, kind, namespaced, short names, subresources]. */
const served = {
  v1: [
    ['configmaps', 'ConfigMap', namespaced, ['cm']],
    ['events', 'Event', namespaced, ['ev']],
    ['namespaces', 'Namespace', !namespaced, ['ns']],
    ['nodes', 'Node', !namespaced, ['no']],
    ['pods', 'Pod', namespaced, ['po'], ['ephemeralcontainers', 'eviction', 'resize']],
    ['replicationcontrollers', 'ReplicationController', namespaced, ['rc'], ['scale']],
    ['resourcequotas', 'ResourceQuota', namespaced, ['quota']],
    ['secrets', 'Secret', namespaced, []],
    ['serviceaccounts', 'ServiceAccount', namespaced, ['sa'], ['token']],
    ['services', 'Service', namespaced, ['svc']],
  ],
  'apps/v1': [
    ['daemonsets', 'DaemonSet', namespaced, ['ds']],
    ['deployments', 'Deployment', namespaced, ['deploy'], ['scale']],
    ['replicasets', 'ReplicaSet', namespaced, ['rs'], ['scale']],
    ['statefulsets', 'StatefulSet', namespaced, ['sts'], ['scale']],
  ],
  'authentication.k8s.io/v1': [['selfsubjectreviews', 'SelfSubjectReview', !namespaced, []]],
  'authorization.k8s.io/v1': [
    ['selfsubjectaccessreviews', 'SelfSubjectAccessReview', !namespaced, []],
    ['selfsubjectrulesreviews', 'SelfSubjectRulesReview', !namespaced, []],
  ],
  'autoscaling/v2': [['horizontalpodautoscalers', 'HorizontalPodAutoscaler', namespaced, ['hpa']]],
  'autoscaling/v1': [['horizontalpodautoscalers', 'HorizontalPodAutoscaler', namespaced, ['hpa']]],
  'batch/v1': [
    ['cronjobs', 'CronJob', namespaced, ['cj']],
    ['jobs', 'Job', namespaced, []],
  ],
  'certificates.k8s.io/v1': [
    ['certificatesigningrequests', 'CertificateSigningRequest', !namespaced, ['csr']],
  ],
  'events.k8s.io/v1': [['events', 'Event', namespaced, ['ev']]],
  'networking.k8s.io/v1': [['ingresses', 'Ingress', namespaced, ['ing']]],
  'policy/v1': [['poddisruptionbudgets', 'PodDisruptionBudget', namespaced, ['pdb']]],
  'rbac.authorization.k8s.io/v1': [
    ['clusterrolebindings', 'ClusterRoleBinding', !namespaced, []],
    ['clusterroles', 'ClusterRole', !namespaced, []],
    ['rolebindings', 'RoleBinding', namespaced, []],
    ['roles', 'Role', namespaced, []],
  ],
  'metrics.k8s.io/v1beta1': [
    ['nodes', 'NodeMetrics', !namespaced, []],
    ['pods', 'PodMetrics', namespaced, []],
  ],
  'example.com/v1': [['widgets', 'Widget', namespaced, []]],
};

function discovery(groupVersion) {
  const resources = served[groupVersion].flatMap(([name, kind, isNamespaced, shortNames, below = []]) => [
    {
      name,
      kind,
      namespaced: isNamespaced,
      singularName: kind.toLowerCase(),
      shortNames,
      verbs: all,
      ...inAll(name),
    },
    ...below.map((one) => ({
      name: `${name}/${one}`,
      ...kindOf(one, kind),
      namespaced: isNamespaced,
      singularName: '',
      verbs: all,
    })),
  ]);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}

const kindOf = (subresource, kind) =>
  subresource === 'eviction' ? { kind: 'Eviction', group: 'policy', version: 'v1' } : { kind };
const inAll = (name) =>
  /^(pods|services|.*sets|deployments|jobs|cronjobs)$/.test(name) ? { categories: ['all'] } : {};

function groupList() {
  const names = [
    ...new Set(
      Object.keys(served)
        .filter((one) => one !== 'v1')
        .map((one) => one.split('/')[0]),
    ),
  ];
  const groups = names.map((name) => {
    const versions = Object.keys(served).filter((one) => one.startsWith(`${name}/`));
    const all = versions.map((groupVersion) => ({ groupVersion, version: groupVersion.split('/')[1] }));
    return { name, versions: all, preferredVersion: all[0] };
  });
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'app', image: 'app:1' }] },
};

/** An object that is enough of its kind for kubectl to go on with. */
function objectOf(apiVersion, kind, namespace, name) {
  const metadata = { name, namespace, uid: 'u', resourceVersion: '1', generation: 1, labels: { app: 'web' } };
  const workload = { replicas: 1, selector: { matchLabels: { app: 'web' } }, template };
  const specs = {
    Pod: { ...template.spec, nodeName: 'a', securityContext: {} },
    Service: { ports: [{ port: 80, targetPort: 80 }], selector: { app: 'web' } },
    CronJob: { schedule: '* * * * *', jobTemplate: { spec: { template } } },
    ReplicationController: { ...workload, selector: { app: 'web' } },
  };
  const status = {
    Pod: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: [] },
  };
  const other = {
    observedGeneration: 1,
    replicas: 1,
    updatedReplicas: 1,
    readyReplicas: 1,
    availableReplicas: 1,
  };
  return { apiVersion, kind, metadata, spec: specs[kind] ?? workload, status: status[kind] ?? other };
}

const deleted = new Set();

function answer(request, body) {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname === '/api') return [200, { kind: 'APIVersions', versions: ['v1'] }];
  if (pathname === '/apis') return [200, groupList()];
  if (pathname === '/version') return [200, { major: '1', minor: '33', gitVersion: 'v1.33.0' }];
  const group = /^\/api(?:s)?\/((?:[^/]+\/)?v\d\w*)(?:\/(.*))?$/.exec(pathname);
  if (group === null || served[group[1]] === undefined) return notFound();
  if (group[2] === undefined) return [200, discovery(group[1])];
  const parts = group[2].split('/');
  const namespace = parts[0] === 'namespaces' && parts.length > 2 ? parts[1] : undefined;
  const [plural, name, subresource] = namespace === undefined ? parts : parts.slice(2);
  const found = served[group[1]].find(([one]) => one === plural);
  if (found === undefined) return notFound();
  return respond(request, {
    pathname,
    searchParams,
    body,
    apiVersion: group[1],
    kind: found[1],
    namespace,
    name,
    subresource,
  });
}

const notFound = () => [
  404,
  { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 },
];

function respond(
  { method },
  { pathname, searchParams, body, apiVersion, kind, namespace, name, subresource },
) {
  const object = objectOf(apiVersion, kind, namespace, name ?? 'web');
  if (subresource === 'log') return [200, 'log\n'];
  if (subresource === 'scale') return [200, { ...object, kind: 'Scale', apiVersion: 'autoscaling/v1' }];
  if (method === 'DELETE') {
    deleted.add(pathname);
    return [200, { kind: 'Status', apiVersion: 'v1', status: 'Success' }];
  }
  if (method === 'POST') {
    const sent = parseJson(body) ?? object;
    const extra = kind === 'SelfSubjectAccessReview' ? { status: { allowed: true } } : {};
    return [201, { ...object, ...sent, ...extra, metadata: { ...object.metadata, ...sent.metadata } }];
  }
  if (subresource === 'ephemeralcontainers' && method === 'PATCH')
    return [200, { ...object, spec: { ...object.spec, ...parseJson(body)?.spec } }];
  if (method !== 'GET') return [200, { ...object, ...(method === 'PUT' ? parseJson(body) : {}) }];
  if (name !== undefined) return deleted.has(pathname) ? notFound() : [200, object];
  const selected = /metadata\.name=([^,]+)/.exec(searchParams.get('fieldSelector') ?? '')?.[1] ?? 'web';
  const item = objectOf(apiVersion, kind, namespace ?? 'shop', selected);
  if (searchParams.has('watch')) return [200, { type: 'DELETED', object: item }];
  const gone = deleted.has(`${pathname}/${selected}`);
  return [
    200,
    { kind: `${kind}List`, apiVersion, metadata: { resourceVersion: '1' }, items: gone ? [] : [item] },
  ];
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The same each time: names and times that kubectl makes up are replaced. */
function withoutChance(text) {
  return text
    .replace(/&timeoutSeconds=\d+/, '')
    .replace(/(debugger-(?:a-)?)[a-z0-9]{5}/g, '$1xxxxx')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '2026-01-01T00:00:00Z');
}

const discoveryPath = /^\/(api|apis|version|openapi\/.*|api\/v1|apis\/[^/]+\/[^/?]+)?(\?.*)?$/;

async function record(program, line) {
  const requests = [];
  deleted.clear();
  const keep = (request, body) => {
    if (discoveryPath.test(request.url) && !/--raw|version|api-/.test(line)) return;
    const type = request.headers['content-type'];
    const raw = request.rawHeaders
      .map((text, at) => [text, request.rawHeaders[at + 1]])
      .filter((_, at) => at % 2 === 0);
    const impersonation = raw.filter(([name]) => name.startsWith('Impersonate-'));
    requests.push({
      request: `${request.method} ${withoutChance(request.url)}`,
      ...(type === undefined ? {} : { type }),
      ...(impersonation.length === 0 ? {} : { headers: impersonation }),
      ...(body.length === 0 ? {} : { body: type?.includes('protobuf') ? 'protobuf' : withoutChance(body) }),
    });
  };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      keep(request, body);
      const [status, content] = answer(request, body);
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      response.writeHead(status, {
        'Content-Type': typeof content === 'string' ? 'text/plain' : 'application/json',
      });
      response.end(text);
    });
  });
  // Clients try WebSocket first and SPDY if that is refused.
  server.on('upgrade', (request, socket) => {
    keep(request, '');
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  await runClient(program, line, server.address().port);
  server.closeAllConnections();
  server.close();
  return requests;
}

/** The words are split as the shell does it, in a folder of their own. */
function runClient(program, line, port) {
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    KUBECONFIG: '/dev/null',
    KUBECTL: program,
    EDITOR: `sed -i 's/app: web/app: other/'`,
  };
  const options = `--server=http://127.0.0.1:${port} --cache-dir=${join(home, String(port))}`;
  return new Promise((resolve) => {
    const command = `"$KUBECTL" ${options} ${line}`;
    const client = spawn('sh', ['-f', '-c', command], {
      env,
      cwd: home,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: secondsMax * 1000,
    });
    let errors = '';
    client.stderr.on('data', (text) => (errors += text));
    client.on('exit', (code) => {
      if (process.env.SHOW_ERRORS && errors !== '') process.stderr.write(`${line} (${code}): ${errors}\n`);
      resolve();
    });
  });
}

const manifest = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { selector: { matchLabels: { app: 'web' } }, template },
};
writeFileSync(join(home, 'web.json'), JSON.stringify(manifest));
writeFileSync(
  join(home, 'review.json'),
  JSON.stringify({ kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' }),
);

const lines = parse(readFileSync(file, 'utf8')).map(({ kubectl }) => kubectl);
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
const output = [
  '# Written by scripts/record-kubectl-requests.mjs: command lines, and what the real kubectl asked the server for.',
];
for (const line of lines) {
  const versions = [];
  for (const program of args) versions.push(await record(program, line));
  const seen = new Map(versions.flat().map((one) => [JSON.stringify(one), one]));
  output.push(`- kubectl: ${quoted(line)}`, seen.size === 0 ? '  requests: []' : '  requests:');
  for (const { request, type, headers, body } of seen.values()) {
    output.push(`    - request: ${quoted(request)}`);
    if (type !== undefined) output.push(`      type: ${quoted(type)}`);
    if (headers !== undefined) output.push(`      headers: ${JSON.stringify(headers)}`);
    if (body !== undefined) output.push(`      body: ${quoted(body.trim())}`);
  }
}
writeFileSync(file, `${output.join('\n')}\n`);
rmSync(home, { recursive: true, force: true });
