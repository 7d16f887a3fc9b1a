/**
 * A prefilter for detectors: bytes that a detector needs before it can find anything. The test is so cheap that whole
 * chunks of a result go through it, and most hold none. The prefilter has no false negatives: the detectors find
 * nothing in what it skips.
 */
import type { detectors } from '../facts/schema/detectors.js';
import type { DetectorName } from './detectors.js';

/** A pattern over the bytes, read as Latin-1; `digits`: a run long enough for a card number; null: always search. */
type Requirement = { readonly pattern: string } | 'digits' | null;

const prefilter: Readonly<Record<keyof typeof detectors, Requirement>> = {
  aws_access_key: { pattern: 'A(?:KIA|SIA|BIA|CCA|GPA|IDA|IPA|NPA|NVA|ROA)' },
  aws_secret_key: null,
  azure_key: { pattern: '==|[kK][eE][yY]=|sig=|Q~' },
  connection_string: { pattern: '://|[pP][aA][sS][sS][wW][oO][rR][dD]=|[pP][wW][dD]=' },
  credit_card: 'digits',
  email: { pattern: '@|%40' },
  gcp_api_key: { pattern: 'AIza' },
  github_token: { pattern: 'gh[pousr]_|github_pat_' },
  gitlab_token: { pattern: 'gl(?:pat|dt|rt|cbt|ptt)-' },
  iban: null,
  ip_address: null,
  jwt: { pattern: 'eyJ' },
  national_id: null,
  phone: null,
  private_key: { pattern: '-----BEGIN ' },
  service_token: {
    pattern:
      'npm_|pypi-|sk-(?:ant|proj)-|SG[.]|hvs[.]|dop_v1_|dckr_pat_|glsa_|shpat_|ya29[.]|AGE-SECRET-KEY-1',
  },
  slack_token: { pattern: 'xox[bpares]-|xapp-|https://hooks' },
  stripe_key: { pattern: '[sr]k_(?:live|test)_|whsec_' },
  us_ssn: { pattern: '[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}' },
};

/** After a backslash a character may be written as its code: in JSON, in arrays, in COPY, whose `\N` is NULL. */
const ESCAPE = '\\\\(?!N)';

export interface Prefilter {
  readonly pattern: RegExp;
  readonly digits: boolean;
}

/** Null if one of the detectors has no prefilter. */
export function prefilterOf(names: Iterable<DetectorName>): Prefilter | null {
  const patterns = [ESCAPE];
  let digits = false;
  for (const name of names) {
    const requirement = prefilter[name as keyof typeof detectors] ?? null;
    if (requirement === null) return null;
    if (requirement === 'digits') digits = true;
    else patterns.push(requirement.pattern);
  }
  return { pattern: new RegExp(patterns.join('|'), 'g'), digits };
}

/** Digits of the shortest card number. */
const RUN_MIN = 13;

/** 1: a digit. 2: a byte of a separator between two digits, in UTF-8: a space, a hyphen, U+00A0, U+2010 to U+2014. */
const runBytes = new Uint8Array(256);
for (let code = 0x30; code <= 0x39; code++) runBytes[code] = 1;
for (const code of [0x20, 0x2d, 0xc2, 0xa0, 0xe2, 0x80, 0x90, 0x91, 0x92, 0x93, 0x94]) runBytes[code] = 2;

/** The earliest end of the next run with this many digits; `bytes.length` if there is none. */
export function nextRun(bytes: Uint8Array, from: number): number {
  let probe = from + RUN_MIN - 1;
  while (probe < bytes.length) {
    // Every byte of a run belongs to it: if the last byte does not, the run can only begin after it.
    let start = probe;
    while (start >= from && runBytes[bytes[start]!] !== 0) start--;
    if (probe - start < RUN_MIN) {
      probe = start + RUN_MIN;
      continue;
    }
    let digits = 0;
    let end = start + 1;
    for (; end < bytes.length && runBytes[bytes[end]!] !== 0; end++)
      if (runBytes[bytes[end]!] === 1 && ++digits === RUN_MIN) return end;
    probe = end + RUN_MIN;
  }
  return bytes.length;
}

/** Scans chunks from front to back and remembers the position of the next match. */
export class PrefilterScanner {
  #prefilter: Prefilter | null = null;
  #bytes: Buffer | null = null;
  #text = '';
  #match = -1;
  #run = -1;

  /**
   * Whether no detector can match from `start` to `end`, a whole message: its type, a letter, ends any run of digits
   * before it. Ranges of one chunk must be queried in order.
   */
  isClean(prefilter: Prefilter, bytes: Buffer, start: number, end: number): boolean {
    if (bytes !== this.#bytes || prefilter !== this.#prefilter) this.#turnTo(prefilter, bytes);
    if (this.#match < start) this.#match = nextMatch(prefilter, this.#text, start);
    if (this.#run < start) this.#run = prefilter.digits ? nextRun(bytes, start) : bytes.length;
    return this.#match >= end && this.#run >= end;
  }

  /** The end of the clean range, after `isClean` returned true. */
  get cleanUntil(): number {
    return Math.min(this.#match, this.#run);
  }

  #turnTo(prefilter: Prefilter, bytes: Buffer): void {
    this.#prefilter = prefilter;
    this.#bytes = bytes;
    this.#text = bytes.toString('latin1');
    this.#match = -1;
    this.#run = -1;
  }

  /** Releases the chunk, so that an idle session holds no memory. */
  release(): void {
    this.#bytes = null;
    this.#text = '';
  }
}

function nextMatch({ pattern }: Prefilter, text: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.exec(text)?.index ?? text.length;
}
