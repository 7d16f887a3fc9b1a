/** The claims of well-known issuers, as documented. */
import { fromJson } from '../values/value.js';
import type { Type } from '../values/schema.js';
import { isIssuer, typeOfSchema, type ClaimPreset } from './claim-schema.js';
import buildkite from './claim-schemas/buildkite.json' with { type: 'json' };
import circleci from './claim-schemas/circleci.json' with { type: 'json' };
import entra from './claim-schemas/entra.json' with { type: 'json' };
import github from './claim-schemas/github-actions.json' with { type: 'json' };
import gitlab from './claim-schemas/gitlab.json' with { type: 'json' };
import kubernetes from './claim-schemas/kubernetes.json' with { type: 'json' };
import okta from './claim-schemas/okta.json' with { type: 'json' };

export const claimPresets: readonly ClaimPreset[] = [
  buildkite,
  circleci,
  entra,
  github,
  gitlab,
  kubernetes,
  okta,
];

const types = new Map<ClaimPreset, Type>();

/** The type of an issuer's tokens; null if there is no schema for it. */
export function claimsOfIssuer(issuer: string): Type | null {
  const preset = claimPresets.find(({ issuers }) => issuers.some((pattern) => isIssuer(pattern, issuer)));
  if (preset === undefined) return null;
  let type = types.get(preset);
  if (type === undefined) types.set(preset, (type = typeOfSchema(fromJson(preset.schema))));
  return type;
}
