/** What `sallyport.yaml` defines of the names in rules. */
import { parseJson } from '../../src/values/json-text.js';
import type { Site } from '../../src/engine/policy.js';
import type { Type } from '../../src/values/schema.js';
import { isObject } from '../../src/values/value.js';
import type { GatewayConfig } from '../../src/gateway/config/config.js';
import { targetTypes } from '../../src/targets/types.js';
import { claimsOfIssuer } from '../../src/identity/claim-presets.js';
import { typeOfSchema } from '../../src/identity/claim-schema.js';
import { knownGroups } from './groups.js';
import { UsageError } from '../output/outcome.js';
import { readText } from '../input/rule-files.js';

/** The claims of well-known issuers are known even without a configuration. */
export const anySite: Site = { targets: null, canBeGroup: null, issuers: null, claimsOf: claimsOfIssuer };

export function siteOf({ targets, issuers, claimSchemas }: GatewayConfig): Site {
  const schemas = new Map([...claimSchemas].map(([issuer, path]) => [issuer, readSchema(path)]));
  const templates = issuers.flatMap(({ groups }) => groups);
  return {
    targets: [...targets.values()].map((target) => ({
      name: target.name,
      labels: target.labels,
      databases: targetTypes.find(({ type }) => type === target.type)?.databases?.(target) ?? null,
    })),
    canBeGroup: knownGroups(templates).canBe,
    issuers: issuers.map(({ issuer }) => issuer),
    claimsOf: (issuer) => schemas.get(issuer) ?? claimsOfIssuer(issuer),
  };
}

function readSchema(path: string): Type {
  const text = readText(path);
  try {
    const schema = parseJson(text);
    if (isObject(schema)) return typeOfSchema(schema);
  } catch (error) {
    throw new UsageError(
      `\`${path}\` is not a JSON Schema: ${error instanceof Error ? error.message : 'unreadable'}`,
    );
  }
  throw new UsageError(`\`${path}\` is not a JSON Schema`, 'it must be an object with `properties`');
}
