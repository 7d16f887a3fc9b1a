/** Facts of Kubernetes. They are gathered in src/facts/kubernetes. */
import type { RootField, Type } from '../../values/schema.js';
import { capability, resource } from './spellings.js';
import {
  arrayOf,
  boolean,
  count,
  field,
  json,
  object,
  oneOf,
  optional,
  port,
  setOf,
  text,
} from '../../values/schema.js';
import { image } from './image.js';

/** The verbs of RBAC and `connect` of admission; of paths that are no resources the HTTP method in lower case. */
export const kubernetesVerbs = [
  'get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', 'connect', 'proxy',
  'head', 'post', 'put', 'options',
] as const; // prettier-ignore

const verb: Type = oneOf(...kubernetesVerbs);

const container: Type = object({
  name: optional(text, 'Its name.'),
  kind: field(oneOf('container', 'init', 'ephemeral'), 'In which list of the pod it stands.'),
  image: optional(image, 'Its image.'),
  command: optional(arrayOf(text), 'What is run in place of the entry point of the image.'),
  args: optional(arrayOf(text), 'The arguments of what is run.'),
  privileged: optional(
    boolean,
    'Whether it has all the rights of the node. Absent in a patch that does not say.',
  ),
  allow_privilege_escalation: optional(
    boolean,
    'Whether a process may gain privileges; so it is unless refused.',
  ),
  read_only_root_filesystem: optional(boolean, 'Whether its own file system cannot be written.'),
  run_as_user: optional(count, 'The user id, of the container or else of the pod; 0 is root.'),
  run_as_group: optional(count, 'The group id, of the container or else of the pod.'),
  run_as_non_root: optional(boolean, 'Whether the node refuses to run it as root.'),
  host_process: optional(boolean, 'On Windows: whether it is a process of the node.'),
  capabilities: field(
    object({
      add: field(setOf(capability), 'Added, in capitals without `CAP_`: `NET_ADMIN`, `ALL`.'),
      drop: field(setOf(capability), 'Dropped, in the same spelling.'),
    }),
    'Linux capabilities that it asks for or gives up.',
  ),
  host_ports: field(setOf(port), 'Ports of the node that it takes.'),
  mounts: field(
    arrayOf(
      object({
        volume: field(text, 'The name of the volume in the pod.'),
        path: field(text, 'Where it is in the container.'),
        read_only: field(boolean, 'Whether it cannot be written.'),
      }),
    ),
    'Volumes that it mounts.',
  ),
  secrets: field(setOf(text), 'Secrets in its environment, by name.'),
});

const pod: Type = object({
  containers: field(arrayOf(container), 'Its containers, with init and ephemeral ones.'),
  service_account: optional(text, 'The service account that it acts as; `default` where none is written.'),
  host_network: optional(boolean, 'Whether it shares the network of the node.'),
  host_pid: optional(boolean, 'Whether it sees the processes of the node.'),
  host_ipc: optional(boolean, 'Whether it shares the inter-process communication of the node.'),
  host_users: optional(boolean, 'Whether root in it is root of the node; so it is unless refused.'),
  run_as_user: optional(count, 'The user id of containers that do not say one; 0 is root.'),
  run_as_group: optional(count, 'The group id of containers that do not say one.'),
  run_as_non_root: optional(boolean, 'Whether the node refuses to run containers as root that do not say.'),
  node: optional(text, 'The node that it is put on past the scheduler.'),
  volumes: field(
    arrayOf(
      object({
        name: field(text, 'Its name in the pod.'),
        type: field(text, 'What it is, in the words of the API: `hostPath`, `secret`, `emptyDir`.'),
        source: optional(text, 'The name of the secret, config map, claim or driver.'),
        host_path: optional(text, 'For `hostPath`: the path on the node, in its shortest spelling.'),
        secrets: field(setOf(text), 'Secrets that are files in it, by name.'),
      }),
    ),
    'Its volumes.',
  ),
  host_paths: field(setOf(text), 'The paths of the node that it mounts.'),
  secrets: field(setOf(text), 'Every secret it uses: in volumes, in environments, to pull images.'),
});

const selector: Type = arrayOf(
  object({
    key: field(text, 'The label or the field.'),
    operator: field(
      oneOf('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'),
      '`a=b` is `In` with one value.',
    ),
    values: field(setOf(text), 'What it is compared with.'),
  }),
);

const request: Type = object({
  verb: field(verb, 'The verb. `connect` is exec, attach, port-forward and proxy, by whatever HTTP method.'),
  path: optional(text, 'For a request that is for no resource: its path, such as `/healthz`.'),
  group: optional(text, 'The API group; empty for the core group.'),
  version: optional(text, 'The version of the group: `v1`.'),
  resource: optional(resource, 'The resource in the plural: `pods`.'),
  subresource: optional(text, 'The subresource: `exec`, `log`, `scale`, `status`.'),
  namespace: optional(text, 'The namespace; absent for what has none, unknown where it is every namespace.'),
  all_namespaces: field(boolean, 'Whether a list, watch or deletion covers every namespace.'),
  name: optional(
    text,
    'The name of the object; unknown where the request is about all that selectors leave.',
  ),
  label_selector: optional(selector, 'Which labels the objects have to have.'),
  field_selector: optional(selector, 'Which fields the objects have to have.'),
  read_only: field(boolean, 'Whether it only reads: get, list, watch, and asking what one may do oneself.'),
  dry_run: field(boolean, 'Whether nothing is stored of it.'),
  patch_type: optional(oneOf('json', 'merge', 'strategic', 'apply'), 'For a patch: how it is written.'),
  object: optional(json, 'The object that is written, or the patch.'),
  pod: optional(pod, 'What it writes of pods, in whatever workload; unknown for a custom resource.'),
  container: optional(text, 'For exec, attach and logs: the container, if one is chosen.'),
  argv: optional(arrayOf(text), 'For exec: the command with its arguments.'),
  stdin: optional(boolean, 'For exec and attach: whether the client can type.'),
  tty: optional(boolean, 'For exec and attach: whether there is a terminal.'),
  ports: optional(arrayOf(port), 'For port-forward: the ports of the pod, if they are known beforehand.'),
  proxy_path: optional(text, 'For a proxy to a pod, service or node: the path there.'),
  impersonation: optional(
    object({
      user: field(text, 'The user.'),
      groups: field(setOf(text), 'The groups.'),
      uid: optional(text, 'The uid, where one is given.'),
      extra: field(setOf(text), 'The names of further attributes that are claimed.'),
    }),
    'As whom the request wants to be served.',
  ),
});

export const kubernetes: RootField = {
  ...field(
    object({
      requests: field(arrayOf(request), 'The requests that the command makes to the API.'),
      count: field(count, 'How many requests they are.'),
      verb: optional(
        verb,
        'The verb of all requests; unknown where they differ. So it is with all that follow.',
      ),
      group: optional(text, 'The API group of all requests.'),
      version: optional(text, 'The version of all requests.'),
      resource: optional(resource, 'The resource of all requests.'),
      subresource: optional(text, 'The subresource of all requests.'),
      namespace: optional(text, 'The namespace of all requests.'),
      name: optional(text, 'The name in all requests.'),
      read_only: field(boolean, 'Whether every request only reads.'),
      dry_run: field(boolean, 'Whether every request is a dry run.'),
      all_namespaces: field(boolean, 'Whether any request covers every namespace.'),
      containers: field(arrayOf(container), 'The containers that any of the requests writes.'),
    }),
    'What is asked of the Kubernetes API.',
  ),
  targets: ['kubernetes'],
};
