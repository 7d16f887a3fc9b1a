/** Values that a client of the corpus must never see, and how they are recognised in whatever it received. */
import { createHash } from 'node:crypto';

/** Every value that is masked or off limits, as objects.sql writes them; of cards, what `partial(4)` hides. */
const SECRETS = [
  'qzkvj.wexpo@tluvar',
  'ygwhk.fumdo@brexiq',
  '453914880343',
  '542523343010',
  '30 86753091',
  '16 40992718',
  'Xkvzj-plumbat-77Qv',
  'Wqdyf-stogumb-41Zx',
  'Gzhwp-krennix-93Yt',
];

/** Whole values, for digests. */
const WHOLE = [
  'qzkvj.wexpo@tluvar.example',
  'ygwhk.fumdo@brexiq.example',
  '4539148803436467',
  '5425233430109903',
  '+49 30 86753091',
  '+43 16 40992718',
  ...SECRETS.slice(6),
];

/** A piece of a value is enough: so long, it does not occur by chance. Digits do sooner than letters. */
const PLAIN = 6;
const DIGITS = 8;
const HEX = 12;
const BASE64 = 8;

function windows(text: string, length: number): string[] {
  return Array.from({ length: Math.max(0, text.length - length + 1) }, (_, at) =>
    text.slice(at, at + length),
  );
}

/** What stands for `text` inside a longer one in base64, at each of the three places where it can begin. */
function base64(text: string): string[] {
  return [0, 1, 2].map((shift) =>
    Buffer.from('\0'.repeat(shift) + text)
      .toString('base64')
      .replace(/=+$/, '')
      .slice(shift === 0 ? 0 : shift + 1, -1),
  );
}

const digests = (text: string): string[] =>
  ['md5', 'sha224', 'sha256', 'sha512'].map((name) => createHash(name).update(text).digest('hex'));

const reversed = (text: string): string => Array.from(text).reverse().join('');

const bothWays = SECRETS.flatMap((secret) => [secret, reversed(secret)]).map((text) => text.toLowerCase());
const plain = new Set(bothWays.filter((text) => /[a-z]/.test(text)).flatMap((text) => windows(text, PLAIN)));
const digits = new Set(
  bothWays.filter((text) => !/[a-z]/.test(text)).flatMap((text) => windows(text, DIGITS)),
);
const hexadecimal = new Set([
  ...SECRETS.flatMap((secret) => [secret, secret.toLowerCase(), secret.toUpperCase()]).flatMap((text) =>
    windows(Buffer.from(text).toString('hex'), HEX),
  ),
  ...WHOLE.flatMap(digests).map((digest) => digest.slice(0, HEX)),
]);
const encoded = new Set(SECRETS.flatMap(base64).flatMap((text) => windows(text, BASE64)));

/** The first trace of a secret in these bytes, in whatever case, reversed, in hexadecimal, in base64 or digested; null where there is none. */
export function traceOfSecret(bytes: Buffer): string | null {
  const text = bytes.toString('latin1');
  const lower = text.toLowerCase();
  for (let at = 0; at < text.length; at++) {
    for (const [pieces, from, length] of [
      [plain, lower, PLAIN],
      [digits, lower, DIGITS],
      [hexadecimal, lower, HEX],
      [encoded, text, BASE64],
    ] as const) {
      const piece = from.slice(at, at + length);
      if (pieces.has(piece))
        return `${piece} in ${JSON.stringify(text.slice(Math.max(0, at - 40), at + 40))}`;
    }
  }
  return null;
}
