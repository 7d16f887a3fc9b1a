/** Settings of every request of a command line: namespace, selectors, dry run, impersonation. */
import { objectOf, Unknown, ValueSet, type Maybe, type Value } from '../../../values/value.js';
import { requestFacts, type Entry } from '../entry.js';
import { selectedName, selectorFacts } from '../selector.js';
import { isCollecting, isMutating, isReadOnly } from '../verb.js';
import { isSet, lastValue, type Invocation } from './invocation.js';
import type { Manifest } from './manifest.js';
import { isName, nameOf, type Target } from './target.js';

export interface Scope extends Invocation {
  readonly namespace: Value;
  readonly everyNamespace: boolean;
  readonly dryRun: boolean;
  readonly impersonation: Maybe;
  /** The standard input, if the command reads nothing else. */
  readonly input: Input | null;
}

export interface Input {
  readonly text: string;
  readonly manifests: readonly Manifest[];
}

/** Null for flags that kubectl refuses. */
export function scopeOf(invocation: Invocation, input: Input | null): Scope | null {
  const namespace = lastValue(invocation, 'namespace') ?? '';
  const dryRun = dryRunOf(invocation);
  if ((namespace !== '' && !isName(namespace)) || dryRun === null) return null;
  return {
    ...invocation,
    namespace: namespace === '' ? new Unknown('the namespace is that of the kubeconfig') : namespace,
    everyNamespace: isSet(invocation, 'all-namespaces'),
    dryRun,
    impersonation: impersonationOf(invocation),
    input,
  };
}

/** A client's dry run sends less than a server's, and stores as little. */
function dryRunOf(invocation: Invocation): boolean | null {
  const value = lastValue(invocation, 'dry-run') ?? 'none';
  if (value === 'server' || value === 'client') return true;
  return value === 'none' ? false : null;
}

function impersonationOf(invocation: Invocation): Maybe {
  const { flags } = invocation;
  const user = lastValue(invocation, 'as') ?? '';
  const groups = flags.get('as-group') ?? [];
  const uid = lastValue(invocation, 'as-uid') ?? '';
  if (user === '' && groups.length === 0 && uid === '') return undefined;
  return objectOf([
    ['user', user],
    ['groups', ValueSet.of(groups)],
    ...(uid === '' ? [] : [['uid', uid] as const]),
    ['extra', ValueSet.empty],
  ]);
}

/** One request for a target. `more` overrides the scope. */
export function entryFor(scope: Scope, target: Target, verb: string, more: Partial<Entry> = {}): Value {
  const { group, version, resource } = target;
  const subresource = more.subresource ?? undefined;
  return requestFacts({
    ...{ verb, group, version, resource },
    read_only: readOnly(target, verb, subresource),
    dry_run: isMutating(verb) && scope.dryRun,
    all_namespaces: everyNamespace(scope, target),
    namespace: namespaceOf(scope, target),
    name: chosenName(scope, target, verb),
    ...selectorsOf(scope, target, verb),
    impersonation: scope.impersonation,
    ...more,
  });
}

function readOnly({ group, resource }: Target, verb: string, subresource: Maybe): Value {
  if (typeof group === 'string' && typeof resource === 'string')
    return isReadOnly(verb, {
      group,
      resource,
      subresource: typeof subresource === 'string' ? subresource : null,
    });
  return (isCollecting(verb) || verb === 'get') && verb !== 'deletecollection';
}

function everyNamespace(scope: Scope, { name, builtin, resource }: Target): Value {
  if (name !== null || !scope.everyNamespace) return false;
  return builtin?.namespaced ?? resource;
}

export function namespaceOf(scope: Scope, { builtin, name, namespace }: Target): Maybe {
  if (namespace !== undefined && builtin?.namespaced !== false) return namespaceOfObject(scope, namespace);
  if (builtin === null) return new Unknown('whether the resource has namespaces is not known');
  if (builtin.group === '' && builtin.resource === 'namespaces') return name ?? undefined;
  if (!builtin.namespaced) return undefined;
  return scope.everyNamespace ? new Unknown('the request concerns every namespace') : scope.namespace;
}

/** An object may not contradict the flag. */
function namespaceOfObject(scope: Scope, namespace: string): Value {
  const wanted = lastValue(scope, 'namespace') ?? '';
  return wanted === '' || wanted === namespace
    ? namespace
    : new Unknown('the object is of another namespace');
}

/** The server takes the name of a list from its field selector. */
function chosenName(scope: Scope, target: Target, verb: string): Maybe {
  const selector = lastValue(scope, 'field-selector');
  const selected = selector === undefined || !isCollecting(verb) ? null : selectedName(selector);
  return target.name ?? selected ?? nameOf(target);
}

function selectorsOf(scope: Scope, target: Target, verb: string): Partial<Entry> {
  if (target.name !== null || verb === 'create') return {};
  const labels = lastValue(scope, 'selector') ?? '';
  const fields = lastValue(scope, 'field-selector') ?? '';
  return {
    ...(labels === '' ? {} : { label_selector: selectorFacts(labels, 'label') }),
    ...(fields === '' ? {} : { field_selector: selectorFacts(fields, 'field') }),
  };
}

/** Whether objects come from files, whose content is not known here. */
export function readsFiles({ flags }: Scope): boolean {
  return flags.has('filename') || flags.has('kustomize');
}

/** Query parameters of interactive commands. */
export function streamFlags(scope: Scope): Partial<Entry> {
  const container = lastValue(scope, 'container') ?? '';
  return {
    ...(container === '' ? {} : { container }),
    stdin: isSet(scope, 'stdin'),
    tty: isSet(scope, 'tty'),
  };
}
