/**
 * PostgreSQL's own parser as WebAssembly (libpg-query), instantiated by ourselves.
 *
 * The package's JavaScript keeps one instance in module state and starts new ones only asynchronously; ours can be
 * thrown away and replaced between two statements, which is what an exhausted stack asks for. The single-letter names
 * are those of the pinned build of the package; with another build instantiation fails, and every text is refused.
 */
import { compileWasm } from '../../wasm-file.js';

/** What the C code says of a text. `offset` is in bytes of UTF-8. */
export type RawParse =
  | { readonly kind: 'tree'; readonly json: string }
  | { readonly kind: 'error'; readonly message: string; readonly offset: number };

export interface ParserInstance {
  /** Throws where the parser itself broke; the instance must not be used again then. */
  parse(text: string): RawParse;
  /** The functions of a text of CREATE FUNCTION or DO statements in PL/pgSQL. Where it fails `offset` is 0. */
  parsePlpgsql(text: string): RawParse;
  /** Memory only grows, so an instance that parsed something huge is worth replacing. */
  bytes(): number;
}

interface ParserExports {
  readonly z: WebAssembly.Memory;
  readonly D: WebAssembly.Table;
  /** Static constructors. */
  readonly A: () => void;
  readonly C: (bytes: number) => number;
  readonly E: (pointer: number) => void;
  /** `wasm_parse_query_raw` and `wasm_free_parse_result`. */
  readonly F: (text: number) => number;
  readonly G: (result: number) => void;
  /** `wasm_parse_plpgsql` and `wasm_free_string`. */
  readonly H: (text: number) => number;
  readonly N: (text: number) => void;
  /** `setThrew`, and the C stack's restore and current pointer. */
  readonly P: (threw: number, value: number) => void;
  readonly Q: (pointer: number) => void;
  readonly R: () => number;
}

/** A tree can be far larger than its text: one value assigned to many columns is written out beside each. */
const treeBytesMax = 96 * 1024 * 1024;
const memoryBytesMax = 512 * 1024 * 1024;
const pageBytes = 65_536;

/** The instance is sound, and yet it is replaced: it has grown too far. */
export class TreeTooLarge extends Error {}

/** C's `longjmp`, which is how the parser reports a syntax error to itself. */
class LongJump extends Error {}

export function compileParser(): WebAssembly.Module {
  return compileWasm('libpg-query.wasm', 'libpg-query/wasm');
}

export function createParserInstance(): ParserInstance {
  const holder: { exports: ParserExports | null } = { exports: null };
  const instance = new WebAssembly.Instance(compileParser(), { a: imports(() => holder.exports!) });
  const wasm = instance.exports as unknown as ParserExports;
  holder.exports = wasm;
  wasm.A();
  return {
    parse: (text) => parse(wasm, text),
    parsePlpgsql: (text) => parsePlpgsql(wasm, text),
    bytes: () => wasm.z.buffer.byteLength,
  };
}

/** What C asks of its environment. It opens no file and writes nothing, so those calls fail. */
function imports(wasm: () => ParserExports): WebAssembly.ModuleImports {
  const fail = (): never => {
    throw new Error('the parser stopped');
  };
  const refuse = () => -1;
  const invoke = (index: number, ...args: unknown[]): unknown => {
    const stack = wasm().R();
    try {
      return (wasm().D.get(index) as (...args: unknown[]) => unknown)(...args);
    } catch (error) {
      wasm().Q(stack);
      if (!(error instanceof LongJump)) throw error;
      wasm().P(1, 0);
      return undefined;
    }
  };
  const invokeLong = (index: number, ...args: unknown[]): unknown => invoke(index, ...args) ?? 0n;
  const invokes = ['a', 'b', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'n', 'y'];
  return {
    ...Object.fromEntries(invokes.map((name) => [name, invoke])),
    l: invokeLong,
    c: fail,
    x: fail,
    m: fail,
    v: fail,
    p: () => {
      throw new LongJump();
    },
    w: () => undefined,
    o: () => 0,
    q: (bytes: number) => grow(wasm().z, bytes >>> 0),
    u: refuse,
    r: refuse,
    s: refuse,
    t: refuse,
  };
}

/** `malloc` asks for a heap of so many bytes. 0 makes it report that there is none. */
function grow(memory: WebAssembly.Memory, bytes: number): number {
  const have = memory.buffer.byteLength;
  if (bytes > memoryBytesMax) return 0;
  const wanted = Math.min(memoryBytesMax, Math.max(bytes, Math.floor(have * 1.2)));
  try {
    memory.grow(Math.ceil((wanted - have) / pageBytes));
    return 1;
  } catch {
    return 0;
  }
}

function parse(wasm: ParserExports, text: string): RawParse {
  const pointer = writeString(wasm, text);
  const result = wasm.F(pointer);
  if (result === 0) throw new Error('the parser has no memory left');
  const outcome = readResult(wasm, result);
  wasm.G(result);
  wasm.E(pointer);
  return outcome;
}

/** A text that is no object of JSON is the message of an error. */
function parsePlpgsql(wasm: ParserExports, text: string): RawParse {
  const pointer = writeString(wasm, text);
  const result = wasm.H(pointer);
  if (result === 0) throw new Error('the parser has no memory left');
  const answer = readString(wasm, result);
  wasm.N(result);
  wasm.E(pointer);
  return answer.startsWith('{')
    ? { kind: 'tree', json: answer }
    : { kind: 'error', message: answer, offset: 0 };
}

function writeString(wasm: ParserExports, text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  const pointer = wasm.C(bytes.length + 1);
  if (pointer === 0) throw new Error('the parser has no memory left');
  const heap = new Uint8Array(wasm.z.buffer);
  heap.set(bytes, pointer);
  heap[pointer + bytes.length] = 0;
  return pointer;
}

/** `PgQueryParseResult {tree, stderr, error}`; `PgQueryError {message, function, file, line, position}`. */
function readResult(wasm: ParserExports, result: number): RawParse {
  const view = new DataView(wasm.z.buffer);
  const error = view.getUint32(result + 8, true);
  if (error !== 0) {
    const position = view.getInt32(error + 16, true);
    const message = readString(wasm, view.getUint32(error, true));
    return { kind: 'error', message, offset: Math.max(0, position - 1) };
  }
  const tree = view.getUint32(result, true);
  if (tree === 0) throw new Error('the parser gave no tree');
  return { kind: 'tree', json: readString(wasm, tree) };
}

function readString(wasm: ParserExports, pointer: number): string {
  const heap = Buffer.from(wasm.z.buffer);
  const end = heap.indexOf(0, pointer);
  if (end - pointer > treeBytesMax) throw new TreeTooLarge('the text is too large once it is parsed');
  return heap.toString('utf8', pointer, end);
}
