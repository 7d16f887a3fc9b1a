/** What is known of volumes, networks and builds that are created. */
import { Unknown, ValueSet, objectOf, type Maybe, type Value } from '../../values/value.js';
import { labelFacts, settingsOf } from './container.js';
import { factOf, defaultNamespaces, unknownDetail, type Detail } from './detail.js';
import { driverMount, mountFacts } from './mounts.js';
import { readStruct, textOf } from './struct.js';

const volumeKeys = ['Name', 'Driver', 'DriverOpts', 'Labels', 'ClusterVolumeSpec'];

/** A volume that is mounted nowhere yet; its driver can make it a folder of the host. */
export function volumeDetail(body: Maybe): Detail {
  if (body instanceof Unknown) return unknownDetail(body.reason);
  const struct = readStruct(body, volumeKeys);
  if (struct.others.length > 0) return unknownDetail(`what \`${struct.others[0]!}\` means is not known`);
  const name = textOf(struct.get('Name'), factOf('mounts'));
  const volume = { kind: 'volume', source: name === '' ? null : name, target: '', readOnly: false };
  const driver = textOf(struct.get('Driver'), factOf('mounts'));
  return {
    mounts: [mountFacts(driverMount(volume, driver, struct.get('DriverOpts')))],
    labels: labelFacts(struct.get('Labels')),
  };
}

const networkSettings = [
  'Driver', 'Scope', 'Internal', 'Attachable', 'Ingress', 'ConfigOnly', 'ConfigFrom', 'IPAM', 'EnableIPv4', 'EnableIPv6',
  'Options',
]; // prettier-ignore

export function networkDetail(body: Maybe): Detail {
  if (body instanceof Unknown) return unknownDetail(body.reason);
  const struct = readStruct(body, [...networkSettings, 'Name', 'CheckDuplicate', 'Labels']);
  if (struct.others.length > 0) return unknownDetail(`what \`${struct.others[0]!}\` means is not known`);
  const settings = ValueSet.of(settingsOf(struct, networkSettings));
  return { labels: labelFacts(struct.get('Labels')), settings };
}

/** The effects of a build are in the Dockerfile, which is not read here. */
export function buildDetail(network: string | Unknown, settings: readonly Value[]): Detail {
  const unread = (field: string): Unknown =>
    new Unknown('what the Dockerfile says is not read', factOf(field));
  return {
    namespaces: objectOf([
      ...Object.entries(defaultNamespaces),
      ['network', network === '' ? 'default' : network],
    ]),
    settings: ValueSet.of(settings),
    command: unread('command'),
    mounts: [unread('mounts')],
  };
}
