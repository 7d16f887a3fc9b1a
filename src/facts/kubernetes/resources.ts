/** The resources that every API server has, as `kubectl api-resources` lists them. */

export interface BuiltinResource {
  /** '' is the core group. */
  readonly group: string;
  /** The versions that servers prefer, and that kubectl asks for if no version is named. */
  readonly version: string;
  /** The plural in lower case, as it stands in paths. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
}

type Row = readonly [
  resource: string,
  kind: string,
  scope: 'namespaced' | 'cluster',
  ...shortNames: string[],
];

const groups: readonly (readonly [group: string, version: string, rows: readonly Row[]])[] = [
  ['', 'v1', [
    ['bindings', 'Binding', 'namespaced'],
    ['componentstatuses', 'ComponentStatus', 'cluster', 'cs'],
    ['configmaps', 'ConfigMap', 'namespaced', 'cm'],
    ['endpoints', 'Endpoints', 'namespaced', 'ep'],
    ['events', 'Event', 'namespaced', 'ev'],
    ['limitranges', 'LimitRange', 'namespaced', 'limits'],
    ['namespaces', 'Namespace', 'cluster', 'ns'],
    ['nodes', 'Node', 'cluster', 'no'],
    ['persistentvolumeclaims', 'PersistentVolumeClaim', 'namespaced', 'pvc'],
    ['persistentvolumes', 'PersistentVolume', 'cluster', 'pv'],
    ['pods', 'Pod', 'namespaced', 'po'],
    ['podtemplates', 'PodTemplate', 'namespaced'],
    ['replicationcontrollers', 'ReplicationController', 'namespaced', 'rc'],
    ['resourcequotas', 'ResourceQuota', 'namespaced', 'quota'],
    ['secrets', 'Secret', 'namespaced'],
    ['serviceaccounts', 'ServiceAccount', 'namespaced', 'sa'],
    ['services', 'Service', 'namespaced', 'svc'],
  ]],
  ['admissionregistration.k8s.io', 'v1', [
    ['mutatingwebhookconfigurations', 'MutatingWebhookConfiguration', 'cluster'],
    ['validatingadmissionpolicies', 'ValidatingAdmissionPolicy', 'cluster'],
    ['validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding', 'cluster'],
    ['validatingwebhookconfigurations', 'ValidatingWebhookConfiguration', 'cluster'],
  ]],
  ['apiextensions.k8s.io', 'v1', [
    ['customresourcedefinitions', 'CustomResourceDefinition', 'cluster', 'crd', 'crds'],
  ]],
  ['apiregistration.k8s.io', 'v1', [['apiservices', 'APIService', 'cluster']]],
  ['apps', 'v1', [
    ['controllerrevisions', 'ControllerRevision', 'namespaced'],
    ['daemonsets', 'DaemonSet', 'namespaced', 'ds'],
    ['deployments', 'Deployment', 'namespaced', 'deploy'],
    ['replicasets', 'ReplicaSet', 'namespaced', 'rs'],
    ['statefulsets', 'StatefulSet', 'namespaced', 'sts'],
  ]],
  ['authentication.k8s.io', 'v1', [
    ['selfsubjectreviews', 'SelfSubjectReview', 'cluster'],
    ['tokenreviews', 'TokenReview', 'cluster'],
  ]],
  ['authorization.k8s.io', 'v1', [
    ['localsubjectaccessreviews', 'LocalSubjectAccessReview', 'namespaced'],
    ['selfsubjectaccessreviews', 'SelfSubjectAccessReview', 'cluster'],
    ['selfsubjectrulesreviews', 'SelfSubjectRulesReview', 'cluster'],
    ['subjectaccessreviews', 'SubjectAccessReview', 'cluster'],
  ]],
  ['autoscaling', 'v2', [['horizontalpodautoscalers', 'HorizontalPodAutoscaler', 'namespaced', 'hpa']]],
  ['batch', 'v1', [
    ['cronjobs', 'CronJob', 'namespaced', 'cj'],
    ['jobs', 'Job', 'namespaced'],
  ]],
  ['certificates.k8s.io', 'v1', [
    ['certificatesigningrequests', 'CertificateSigningRequest', 'cluster', 'csr'],
  ]],
  ['coordination.k8s.io', 'v1', [['leases', 'Lease', 'namespaced']]],
  ['discovery.k8s.io', 'v1', [['endpointslices', 'EndpointSlice', 'namespaced']]],
  ['events.k8s.io', 'v1', [['events', 'Event', 'namespaced', 'ev']]],
  ['extensions', 'v1beta1', [
    ['daemonsets', 'DaemonSet', 'namespaced', 'ds'],
    ['deployments', 'Deployment', 'namespaced', 'deploy'],
    ['ingresses', 'Ingress', 'namespaced', 'ing'],
    ['replicasets', 'ReplicaSet', 'namespaced', 'rs'],
  ]],
  ['flowcontrol.apiserver.k8s.io', 'v1', [
    ['flowschemas', 'FlowSchema', 'cluster'],
    ['prioritylevelconfigurations', 'PriorityLevelConfiguration', 'cluster'],
  ]],
  ['networking.k8s.io', 'v1', [
    ['ingressclasses', 'IngressClass', 'cluster'],
    ['ingresses', 'Ingress', 'namespaced', 'ing'],
    ['networkpolicies', 'NetworkPolicy', 'namespaced', 'netpol'],
  ]],
  ['node.k8s.io', 'v1', [['runtimeclasses', 'RuntimeClass', 'cluster']]],
  ['policy', 'v1', [['poddisruptionbudgets', 'PodDisruptionBudget', 'namespaced', 'pdb']]],
  ['rbac.authorization.k8s.io', 'v1', [
    ['clusterrolebindings', 'ClusterRoleBinding', 'cluster'],
    ['clusterroles', 'ClusterRole', 'cluster'],
    ['rolebindings', 'RoleBinding', 'namespaced'],
    ['roles', 'Role', 'namespaced'],
  ]],
  ['scheduling.k8s.io', 'v1', [['priorityclasses', 'PriorityClass', 'cluster', 'pc']]],
  ['storage.k8s.io', 'v1', [
    ['csidrivers', 'CSIDriver', 'cluster'],
    ['csinodes', 'CSINode', 'cluster'],
    ['csistoragecapacities', 'CSIStorageCapacity', 'namespaced'],
    ['storageclasses', 'StorageClass', 'cluster', 'sc'],
    ['volumeattachments', 'VolumeAttachment', 'cluster'],
  ]],
]; // prettier-ignore

export const builtinResources: readonly BuiltinResource[] = groups.flatMap(([group, version, rows]) =>
  rows.map(([resource, kind, scope, ...shortNames]) => ({
    ...{ group, version, resource, kind, shortNames },
    namespaced: scope === 'namespaced',
  })),
);

const byName = new Map(builtinResources.map((one) => [`${one.group}/${one.resource}`, one]));

/** Null for what the server was taught later: custom resources, aggregated servers. */
export function findBuiltin(group: string, resource: string): BuiltinResource | null {
  return byName.get(`${group}/${resource}`) ?? null;
}

const template = ['spec', 'template', 'spec'];

/** The path to the pod template in the objects of workloads, by group and resource. */
const podSpecPaths: ReadonlyMap<string, readonly string[]> = new Map([
  ['/pods', ['spec']],
  ['/podtemplates', ['template', 'spec']],
  ['/replicationcontrollers', template],
  ['apps/daemonsets', template],
  ['apps/deployments', template],
  ['apps/replicasets', template],
  ['apps/statefulsets', template],
  ['batch/jobs', template],
  ['batch/cronjobs', ['spec', 'jobTemplate', 'spec', 'template', 'spec']],
  ['extensions/daemonsets', template],
  ['extensions/deployments', template],
  ['extensions/replicasets', template],
]);

/** Null for resources without pods in them. */
export function podSpecPath(group: string, resource: string): readonly string[] | null {
  return podSpecPaths.get(`${group}/${resource}`) ?? null;
}
