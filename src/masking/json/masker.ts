/**
 * Masks JSON as it streams by (RFC 8259): values that a path means, and what detectors find in texts, numbers and names.
 * Whatever is not masked passes byte for byte, and nothing is held back but the token that is being read. Work is linear in
 * the text, however it is cut into chunks.
 */
import type { FieldMask } from '../field-mask.js';
import { maskText, REDACTED, searchedCharactersMax, type MaskKey } from '../methods.js';
import type { MaskMethod } from '../../engine/decision.js';
import { stepInto, walkOf, type JsonMask, type Walk } from './paths.js';

export interface JsonMaskPlan {
  readonly paths: readonly JsonMask[];
  /** What is looked for in every text, number and name; its method is null. */
  readonly everywhere: FieldMask;
}

/** The text is not JSON, or not such that it can be masked: nothing more of it may be shown. */
export class UnmaskableJson extends Error {}

const DEPTH_MAX = 1000;

/** What may come next. `after`: a comma or the end of the container. */
type Expected = 'value' | 'value-or-end' | 'name-or-end' | 'name' | 'colon' | 'after';

interface Container {
  readonly kind: 'object' | 'array';
  readonly walk: Walk;
}

/** Of a container that is replaced as a whole, nothing is written until it ends. */
interface Hidden {
  readonly depth: number;
  readonly method: MaskMethod;
}

const STRING_END = /["\\]/g;
const SCALAR = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/;
const SCALAR_END = /[^-+.\w]/g;

export class JsonMasker {
  readonly #plan: JsonMaskPlan;
  readonly #key: MaskKey;
  /** Several values may follow each other, as in NDJSON. */
  readonly #many: boolean;
  readonly #containers: Container[] = [];
  #expected: Expected = 'value';
  /** Values at the top that have ended. */
  #values = 0;
  /** What the value that comes next is, by its path. */
  #method: MaskMethod | null = null;
  #below: Walk;
  #hidden: Hidden | null = null;
  #token: 'string' | 'scalar' | null = null;
  #parts: string[] = [];
  #length = 0;
  /** The chunk before ended in a backslash. */
  #escaped = false;
  #out: string[] = [];

  constructor(plan: JsonMaskPlan, key: MaskKey, many = false) {
    this.#plan = plan;
    this.#key = key;
    this.#many = many;
    this.#below = walkOf(plan.paths);
  }

  /** The masked text as far as it is known. Throws UnmaskableJson, and Unsearched of a text that is too long to be searched. */
  push(chunk: string): string {
    let at = 0;
    while (at < chunk.length) {
      if (this.#token === 'string') at = this.#readString(chunk, at);
      else if (this.#token === 'scalar') at = this.#readScalar(chunk, at);
      else at = this.#readSign(chunk, at);
    }
    return this.#taken();
  }

  /** What was left of it. Throws if the text is not whole. */
  end(): string {
    if (this.#token === 'scalar') this.#endScalar();
    const whole = this.#token === null && this.#containers.length === 0;
    if (!whole || (this.#values === 0 && !this.#many)) throw new UnmaskableJson('the JSON ends too early');
    return this.#taken();
  }

  #taken(): string {
    const text = this.#out.join('');
    this.#out = [];
    return text;
  }

  #write(text: string): void {
    if (this.#hidden === null) this.#out.push(text);
  }

  #readSign(chunk: string, at: number): number {
    const sign = chunk[at]!;
    if (sign === ' ' || sign === '\n' || sign === '\r' || sign === '\t') {
      let end = at + 1;
      while (end < chunk.length && ' \n\r\t'.includes(chunk[end]!)) end++;
      this.#write(chunk.slice(at, end));
      return end;
    }
    switch (sign) {
      case '{':
      case '[':
        this.#open(sign);
        return at + 1;
      case '}':
      case ']':
        this.#close(sign);
        return at + 1;
      case ',':
        this.#comma();
        return at + 1;
      case ':':
        this.#expect('colon');
        this.#write(sign);
        this.#expected = 'value';
        return at + 1;
      default:
        this.#begin(sign);
        return sign === '"' ? at + 1 : at;
    }
  }

  #expect(...wanted: readonly Expected[]): void {
    if (!wanted.includes(this.#expected)) throw new UnmaskableJson('the text is not JSON');
  }

  /** Steps into the value that begins here; names were read before their values. */
  #beginValue(): void {
    this.#expect('value', 'value-or-end');
    const around = this.#containers.at(-1);
    if (around?.kind === 'array')
      ({ method: this.#method, below: this.#below } = stepInto(around.walk, null));
    if (around === undefined && this.#values > 0 && !this.#many)
      throw new UnmaskableJson('more follows the end of the JSON');
    if (around === undefined) [this.#method, this.#below] = [null, walkOf(this.#plan.paths)];
  }

  #open(sign: '{' | '['): void {
    this.#beginValue();
    if (this.#containers.length >= DEPTH_MAX)
      throw new UnmaskableJson(`the JSON is nested more than ${DEPTH_MAX} deep`);
    if (this.#hidden === null && this.#method !== null)
      this.#hidden = { depth: this.#containers.length, method: this.#method };
    this.#write(sign);
    this.#containers.push({ kind: sign === '{' ? 'object' : 'array', walk: this.#below });
    this.#expected = sign === '{' ? 'name-or-end' : 'value-or-end';
  }

  #close(sign: '}' | ']'): void {
    this.#expect('after', sign === '}' ? 'name-or-end' : 'value-or-end');
    const ended = this.#containers.pop();
    if (ended === undefined || (ended.kind === 'object') !== (sign === '}'))
      throw new UnmaskableJson('the text is not JSON');
    if (this.#hidden?.depth === this.#containers.length) {
      const { method } = this.#hidden;
      this.#hidden = null;
      this.#write(replacement(method));
    } else this.#write(sign);
    this.#endValue();
  }

  #comma(): void {
    this.#expect('after');
    const around = this.#containers.at(-1);
    if (around === undefined) throw new UnmaskableJson('the text is not JSON');
    this.#write(',');
    this.#expected = around.kind === 'object' ? 'name' : 'value';
  }

  #endValue(): void {
    if (this.#containers.length > 0) this.#expected = 'after';
    else {
      this.#values++;
      this.#expected = 'value';
    }
  }

  #begin(sign: string): void {
    const name = this.#expected === 'name' || this.#expected === 'name-or-end';
    if (!name) this.#beginValue();
    else if (sign !== '"') throw new UnmaskableJson('the text is not JSON');
    this.#token = sign === '"' ? 'string' : 'scalar';
    this.#parts = sign === '"' ? ['"'] : [];
    this.#length = 0;
    this.#escaped = false;
  }

  #keep(part: string): void {
    this.#length += part.length;
    if (this.#length > 6 * searchedCharactersMax)
      throw new UnmaskableJson('a text in the JSON is too long to be masked');
    this.#parts.push(part);
  }

  #readString(chunk: string, from: number): number {
    let at = from;
    if (this.#escaped) at++;
    this.#escaped = false;
    for (;;) {
      STRING_END.lastIndex = at;
      const found = STRING_END.exec(chunk);
      if (found === null) break;
      if (found[0] === '"') {
        this.#keep(chunk.slice(from, found.index + 1));
        this.#endString();
        return found.index + 1;
      }
      at = found.index + 2;
      this.#escaped = at > chunk.length;
      if (at >= chunk.length) break;
    }
    this.#keep(chunk.slice(from));
    return chunk.length;
  }

  #readScalar(chunk: string, from: number): number {
    SCALAR_END.lastIndex = from;
    const end = SCALAR_END.exec(chunk)?.index ?? chunk.length;
    this.#keep(chunk.slice(from, end));
    if (end < chunk.length || end === from) this.#endScalar();
    return end;
  }

  #takeToken(): string {
    const token = this.#parts.join('');
    this.#token = null;
    this.#parts = [];
    return token;
  }

  #endString(): void {
    const token = this.#takeToken();
    let text: string;
    try {
      text = JSON.parse(token) as string;
    } catch {
      throw new UnmaskableJson('a text in the JSON is malformed');
    }
    if (this.#expected === 'name' || this.#expected === 'name-or-end') this.#name(token, text);
    else this.#value(token, text);
  }

  #endScalar(): void {
    const token = this.#takeToken();
    if (!SCALAR.test(token)) throw new UnmaskableJson('the text is not JSON');
    this.#value(token, token);
  }

  #name(token: string, text: string): void {
    const { walk } = this.#containers.at(-1)!;
    ({ method: this.#method, below: this.#below } = stepInto(walk, text));
    // A name has no NULL: what is found in it is hidden.
    const masked = this.#hidden === null ? this.#searched(text) : text;
    this.#write(masked === text ? token : JSON.stringify(masked ?? REDACTED));
    this.#expected = 'colon';
  }

  #value(token: string, text: string): void {
    if (this.#hidden === null) {
      const masked =
        this.#method === null ? this.#searched(text) : maskText(this.#whole(this.#method), text, this.#key);
      const kept = masked === text && this.#method === null;
      this.#write(kept ? token : masked === null ? 'null' : JSON.stringify(masked));
    }
    this.#endValue();
  }

  #searched(text: string): string | null {
    const { everywhere } = this.#plan;
    return everywhere.detectors.length === 0 ? text : maskText(everywhere, text, this.#key);
  }

  /** The method of a path, and what detectors find if that is stricter. */
  #whole(method: MaskMethod): FieldMask {
    return { ...this.#plan.everywhere, method };
  }
}

/** Of an object or a list nothing can be shown in part. */
function replacement(method: MaskMethod): string {
  if (method.kind === 'null') return 'null';
  return JSON.stringify(method.kind === 'replace' ? method.text : REDACTED);
}
