/** Detectors of sensitive values in text, by name as `mask … pattern NAME` writes it. */
import type { detectors } from '../facts/schema/detectors.js';
import { awsSecretKeys } from './detectors/aws-secret-key.js';
import { azureKeys } from './detectors/azure-key.js';
import { connectionStrings } from './detectors/connection-string.js';
import { creditCards } from './detectors/credit-card.js';
import { emails } from './detectors/email.js';
import type { Detector, Finding } from './detectors/finding.js';
import { ibans } from './detectors/iban.js';
import { ipAddresses } from './detectors/ip-address.js';
import { jwts } from './detectors/jwt.js';
import { nationalIds } from './detectors/national-id.js';
import { phones } from './detectors/phone.js';
import { privateKeys } from './detectors/private-key.js';
import {
  awsAccessKeys,
  gcpApiKeys,
  githubTokens,
  gitlabTokens,
  serviceTokens,
  slackTokens,
  stripeKeys,
} from './detectors/tokens.js';
import { usSocialSecurityNumbers } from './detectors/us-ssn.js';

export type DetectorName = string;

/** One for each name of the schema. The type checker refuses a missing or an undeclared one. */
const finders: Readonly<Record<keyof typeof detectors, Detector>> = {
  aws_access_key: awsAccessKeys,
  aws_secret_key: awsSecretKeys,
  azure_key: azureKeys,
  connection_string: connectionStrings,
  credit_card: creditCards,
  email: emails,
  gcp_api_key: gcpApiKeys,
  github_token: githubTokens,
  gitlab_token: gitlabTokens,
  iban: ibans,
  ip_address: ipAddresses,
  jwt: jwts,
  national_id: nationalIds,
  phone: phones,
  private_key: privateKeys,
  service_token: serviceTokens,
  slack_token: slackTokens,
  stripe_key: stripeKeys,
  us_ssn: usSocialSecurityNumbers,
};
const byName: ReadonlyMap<DetectorName, Detector> = new Map(Object.entries(finders));

/** Every name that `pattern` may use. Any other name is an error when the rules are loaded. */
export const detectorNames: readonly DetectorName[] = [...byName.keys()];

export function isDetectorName(name: string): boolean {
  return byName.has(name);
}

/** Everything a detector finds, in no particular order, possibly overlapping. Null if there is no such detector. */
export function detect(name: DetectorName, text: string): readonly Finding[] | null {
  return byName.get(name)?.(text) ?? null;
}
