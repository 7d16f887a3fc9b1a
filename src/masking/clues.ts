/**
 * What bytes must hold for a detector to find anything in them: a test so cheap that whole chunks of a result go through it,
 * where most hold nothing. Whatever a clue lets by would not have been found by its detector either.
 */
import type { detectors } from '../facts/schema/detectors.js';
import type { DetectorName } from './detectors.js';

/** A pattern over the bytes, each as one character; `digits` is a run long enough for a card number; null: always look. */
type Clue = { readonly pattern: string } | 'digits' | null;

const clues: Readonly<Record<keyof typeof detectors, Clue>> = {
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

/** Behind a backslash a character may be written as its number: in JSON, in arrays, in COPY, whose `\N` is no value. */
const ESCAPE = '\\\\(?!N)';

export interface Clues {
  readonly pattern: RegExp;
  readonly digits: boolean;
}

/** Null where one of the detectors has to look for itself. */
export function cluesOf(names: Iterable<DetectorName>): Clues | null {
  const patterns = [ESCAPE];
  let digits = false;
  for (const name of names) {
    const clue = clues[name as keyof typeof detectors] ?? null;
    if (clue === null) return null;
    if (clue === 'digits') digits = true;
    else patterns.push(clue.pattern);
  }
  return { pattern: new RegExp(patterns.join('|'), 'g'), digits };
}

/** Digits of the shortest card number. */
const RUN_MIN = 13;

/** 1: a digit. 2: a byte of what may stand between two of them, UTF-8: a space, a hyphen, U+00A0, U+2010 to U+2014. */
const runBytes = new Uint8Array(256);
for (let code = 0x30; code <= 0x39; code++) runBytes[code] = 1;
for (const code of [0x20, 0x2d, 0xc2, 0xa0, 0xe2, 0x80, 0x90, 0x91, 0x92, 0x93, 0x94]) runBytes[code] = 2;

/** Where the next run with so many digits ends, at the earliest; `bytes.length` where there is none. */
export function nextRun(bytes: Uint8Array, from: number): number {
  let probe = from + RUN_MIN - 1;
  while (probe < bytes.length) {
    // A run covers every byte of its own: where the last of them is none, it can only begin behind that.
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

/** Goes through chunks from front to back and remembers where the next clue stands. */
export class ClueScanner {
  #clues: Clues | null = null;
  #bytes: Buffer | null = null;
  #text = '';
  #match = -1;
  #run = -1;

  /**
   * Whether there is nothing to be found from `start` to `end`, a whole message: its type, a letter, ends every run of
   * digits before it. Stretches of one chunk are to be asked for in order.
   */
  isClean(clues: Clues, bytes: Buffer, start: number, end: number): boolean {
    if (bytes !== this.#bytes || clues !== this.#clues) this.#turnTo(clues, bytes);
    if (this.#match < start) this.#match = nextMatch(clues, this.#text, start);
    if (this.#run < start) this.#run = clues.digits ? nextRun(bytes, start) : bytes.length;
    return this.#match >= end && this.#run >= end;
  }

  /** Up to where there is nothing, after a stretch that was clean. */
  get cleanUntil(): number {
    return Math.min(this.#match, this.#run);
  }

  #turnTo(clues: Clues, bytes: Buffer): void {
    this.#clues = clues;
    this.#bytes = bytes;
    this.#text = bytes.toString('latin1');
    this.#match = -1;
    this.#run = -1;
  }

  /** Gives the memory back: a session that waits holds none. */
  release(): void {
    this.#bytes = null;
    this.#text = '';
  }
}

function nextMatch({ pattern }: Clues, text: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.exec(text)?.index ?? text.length;
}
