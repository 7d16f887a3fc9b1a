/** Credentials with an issuer's prefix. */
import { isAlphanumeric, isBase64Url, isDigit, isUpper, positions, skip } from './characters.js';
import type { Detector, Finding } from './finding.js';

interface TokenShape {
  readonly prefix: string;
  readonly inClass: (code: number) => boolean;
  readonly min: number;
  /** The prefix is all letters and matches only at the beginning of a word. */
  readonly word?: boolean;
  /** Exactly `min` characters, for keys of one length. */
  readonly exact?: boolean;
}

/** A prefix and what follows it. */
function tokens(shapes: readonly TokenShape[]): Detector {
  return (text) => shapes.flatMap((shape) => tokensOf(text, shape));
}

function tokensOf(text: string, shape: TokenShape): readonly Finding[] {
  const findings: Finding[] = [];
  let scanned = 0;
  for (const start of positions(text, shape.prefix)) {
    // The characters of an earlier token are not read again, so `ghp_ghp_ghp_…` takes linear time.
    if (start < scanned || (shape.word === true && isAlphanumeric(text.charCodeAt(start - 1)))) continue;
    const body = start + shape.prefix.length;
    scanned = skip(text, body, shape.inClass);
    const length = scanned - body;
    if (shape.exact === true ? length === shape.min : length >= shape.min)
      findings.push({ start, end: scanned });
  }
  return findings;
}

const isUpperAlphanumeric = (code: number): boolean => isUpper(code) || isDigit(code);
const isWord = (code: number): boolean => isAlphanumeric(code) || code === 0x5f;
const isSlackBody = (code: number): boolean => isAlphanumeric(code) || code === 0x2d;
const isPath = (code: number): boolean => isAlphanumeric(code) || code === 0x2f;

export const awsAccessKeys = tokens(
  ['AKIA', 'ASIA', 'ABIA', 'ACCA', 'AGPA', 'AIDA', 'AIPA', 'ANPA', 'ANVA', 'AROA'].map((prefix) => ({
    prefix,
    inClass: isUpperAlphanumeric,
    min: 16,
    exact: true,
    word: true,
  })),
);

export const githubTokens = tokens([
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((prefix) => ({ prefix, inClass: isAlphanumeric, min: 36 })),
  { prefix: 'github_pat_', inClass: isWord, min: 22 },
]);

export const gitlabTokens = tokens(
  ['glpat-', 'gldt-', 'glrt-', 'glcbt-', 'glptt-'].map((prefix) => ({
    prefix,
    inClass: isBase64Url,
    min: 20,
  })),
);

export const slackTokens = tokens([
  ...['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-', 'xoxe-', 'xapp-'].map((prefix) => ({
    prefix,
    inClass: isSlackBody,
    min: 10,
  })),
  { prefix: 'https://hooks.slack.com/services/', inClass: isPath, min: 20 },
]);

export const gcpApiKeys = tokens([{ prefix: 'AIza', inClass: isBase64Url, min: 35, word: true }]);

export const stripeKeys = tokens(
  ['sk_live_', 'rk_live_', 'sk_test_', 'rk_test_', 'whsec_'].map((prefix) => ({
    prefix,
    inClass: isAlphanumeric,
    min: 16,
  })),
);

const isDotted = (code: number): boolean => isBase64Url(code) || code === 0x2e;

/** Tokens of package registries, models, mail, clouds and shops, by their documented prefixes. */
export const serviceTokens = tokens([
  { prefix: 'npm_', inClass: isAlphanumeric, min: 36, word: true },
  { prefix: 'pypi-', inClass: isBase64Url, min: 50, word: true },
  { prefix: 'sk-ant-', inClass: isBase64Url, min: 32, word: true },
  { prefix: 'sk-proj-', inClass: isBase64Url, min: 32, word: true },
  { prefix: 'SG.', inClass: isDotted, min: 60, word: true },
  { prefix: 'hvs.', inClass: isBase64Url, min: 24, word: true },
  { prefix: 'dop_v1_', inClass: isAlphanumeric, min: 64, exact: true },
  { prefix: 'dckr_pat_', inClass: isBase64Url, min: 20 },
  { prefix: 'glsa_', inClass: isWord, min: 32 },
  { prefix: 'shpat_', inClass: isAlphanumeric, min: 32 },
  { prefix: 'ya29.', inClass: isBase64Url, min: 20, word: true },
  { prefix: 'AGE-SECRET-KEY-1', inClass: isAlphanumeric, min: 58 },
]);
