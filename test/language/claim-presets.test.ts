/** L5: the claims of well-known issuers, each by its own. */
import { expect, test } from '@jest/globals';
import { claimPresets } from '../../src/identity/claim-presets.js';
import { checkFiles } from './checked.js';

/** An issuer of each, and a claim of its tokens, right and with a slip in it. */
const issuers: readonly (readonly [issuer: string, claim: string, slip: string])[] = [
  ['https://agent.buildkite.com', 'pipeline_slug', 'pipeline_slgu'],
  ['https://oidc.circleci.com/org/1', 'oidc.circleci.com/project-id', 'oidc.circleci.com/project-di'],
  ['https://login.microsoftonline.com/1/v2.0', 'preferred_username', 'prefered_username'],
  ['https://token.actions.githubusercontent.com', 'repository', 'repositry'],
  ['https://gitlab.com', 'project_path', 'project_paht'],
  ['https://kubernetes.default.svc.cluster.local', 'kubernetes.io', 'kubernets.io'],
  ['https://acme.okta.com', 'email', 'emial'],
];

test('there is a case for each of them', () => {
  expect(issuers).toHaveLength(claimPresets.length);
});

test.each(issuers)('L5: of %s', (issuer, claim, slip) => {
  expect(codesOf(issuer, `has identity.claims["${claim}"]`)).toEqual([]);
  expect(codesOf(issuer, `has identity.claims["${slip}"]`)).toEqual(['unknown-claim']);
  expect(codesOf(issuer, `identity.claims["${claim}"] == 1`)).toEqual(['impossible-comparison']);
});

function codesOf(issuer: string, condition: string): string[] {
  const text = `package ci

deny d "no" if {
  identity.issuer == "${issuer}"
  ${condition}
}
`;
  return checkFiles([{ path: 'ci.rules', text }]).map(({ code }) => code);
}
