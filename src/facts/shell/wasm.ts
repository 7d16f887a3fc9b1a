/**
 * Tree-sitter with its grammar for Bash as WebAssembly, instantiated by ourselves.
 *
 * The package's JavaScript starts only asynchronously and reads files on its own; facts are derived in one go, and an
 * instance that broke must be replaceable between two texts. Two modules share one memory: the library
 * (web-tree-sitter) and the grammar (tree-sitter-bash), which is linked to it here as Emscripten's dynamic linker does:
 * its data above the library's stack, its functions behind the library's in the one table. The addresses are those of
 * the pinned build of the library; with another build instantiation fails, and every text is refused.
 */
import { compileWasm } from '../wasm-file.js';

/** What the rest needs of a node. Offsets count UTF-16 units. */
export interface RawNode {
  readonly kind: string;
  readonly start: number;
}

export interface ShellGrammar {
  /** Every named node in the order of the text; null where the text does not fit the grammar. Throws where it broke. */
  parse(text: string, nodesMax: number): readonly RawNode[] | null;
}

interface Library {
  readonly __wasm_call_ctors: () => void;
  readonly __wasm_apply_data_relocs: () => void;
  readonly malloc: (bytes: number) => number;
  readonly calloc: (count: number, bytes: number) => number;
  readonly free: (pointer: number) => void;
  readonly ts_init: () => number;
  readonly ts_parser_new_wasm: () => void;
  readonly ts_parser_reset: (parser: number) => void;
  readonly ts_parser_set_language: (parser: number, language: number) => number;
  readonly ts_parser_parse_wasm: (
    parser: number,
    input: number,
    old: number,
    ranges: number,
    count: number,
  ) => number;
  readonly ts_tree_delete: (tree: number) => void;
  readonly ts_tree_root_node_wasm: (tree: number) => void;
  readonly ts_node_has_error_wasm: (tree: number) => number;
  readonly ts_tree_cursor_new_wasm: (tree: number) => void;
  readonly ts_tree_cursor_delete_wasm: (tree: number) => void;
  readonly ts_tree_cursor_goto_first_child_wasm: (tree: number) => number;
  readonly ts_tree_cursor_goto_next_sibling_wasm: (tree: number) => number;
  readonly ts_tree_cursor_goto_parent_wasm: (tree: number) => number;
  readonly ts_tree_cursor_current_node_type_id_wasm: (tree: number) => number;
  readonly ts_tree_cursor_current_node_is_named_wasm: (tree: number) => number;
  readonly ts_tree_cursor_current_node_is_missing_wasm: (tree: number) => number;
  readonly ts_tree_cursor_start_index_wasm: (tree: number) => number;
  readonly ts_language_symbol_name: (language: number, symbol: number) => number;
}

interface Grammar {
  readonly __wasm_call_ctors: () => void;
  readonly __wasm_apply_data_relocs: () => void;
  readonly tree_sitter_bash: () => number;
}

/** Where the pinned build of the library puts its data, its stack and its functions. */
const layout = { data: 1024, stackLow: 16_704, stackHigh: 82_240, functions: 1, tableMin: 31 };
const pageBytes = 65_536;
const pages = { initial: 512, maximum: 8192 };
/** The library asks for the text in pieces of at most this many UTF-16 units, its end included. */
const pieceUnits = 5 * 1024;

interface Link {
  readonly memory: WebAssembly.Memory;
  readonly table: WebAssembly.Table;
  readonly stack: WebAssembly.Global;
  /** The text that is being parsed. */
  text: string;
}

const immutable = (value: number): WebAssembly.Global => new WebAssembly.Global({ value: 'i32' }, value);
const mutable = (value: number): WebAssembly.Global =>
  new WebAssembly.Global({ value: 'i32', mutable: true }, value);

export function createShellGrammar(): ShellGrammar {
  const link: Link = {
    memory: new WebAssembly.Memory(pages),
    table: new WebAssembly.Table({ element: 'anyfunc', initial: layout.tableMin }),
    stack: mutable(layout.stackHigh),
    text: '',
  };
  const { library, base } = linkLibrary(link);
  const language = linkGrammar(link, library, base).tree_sitter_bash();
  const transfer = library.ts_init();
  library.ts_parser_new_wasm();
  const parser = readWord(link, transfer);
  const input = readWord(link, transfer + 4);
  if (library.ts_parser_set_language(parser, language) === 0)
    throw new Error('the grammar does not fit the library');
  const kinds = new Map<number, string>();
  const kindOf = (symbol: number): string => {
    let kind = kinds.get(symbol);
    if (kind === undefined)
      kinds.set(symbol, (kind = readString(link, library.ts_language_symbol_name(language, symbol))));
    return kind;
  };
  return {
    parse: (text, nodesMax) => parse({ link, library, parser, input, kindOf, transfer }, text, nodesMax),
  };
}

/** The heap begins where the grammar's data ends, so the grammar's size is read before the library starts. */
function linkLibrary(link: Link): { readonly library: Library; readonly base: number } {
  const { memorySize } = dynamicLinking(compileWasm(grammarFile, 'tree-sitter-bash'));
  const base = align(layout.stackHigh);
  const heap = mutable(align(base + memorySize));
  const instance = new WebAssembly.Instance(compileWasm(libraryFile, 'web-tree-sitter'), {
    env: {
      ...environment(link, layout.data, layout.functions),
      emscripten_resize_heap: (bytes: number) => grow(link.memory, bytes >>> 0),
      _abort_js: stop,
      tree_sitter_parse_callback: (
        buffer: number,
        index: number,
        _row: number,
        _column: number,
        length: number,
      ) => supply(link, buffer, index, length),
      // True ends the parse: a text with an error is of no more interest.
      tree_sitter_progress_callback: (_offset: number, hasError: number) => hasError,
      tree_sitter_log_callback: stop,
      tree_sitter_query_progress_callback: stop,
    },
    wasi_snapshot_preview1: { fd_write: () => 8, fd_seek: () => 8, fd_close: () => 8 },
    'GOT.mem': {
      __stack_low: mutable(layout.stackLow),
      __stack_high: mutable(layout.stackHigh),
      __heap_base: heap,
    },
  });
  const library = instance.exports as unknown as Library;
  library.__wasm_apply_data_relocs();
  library.__wasm_call_ctors();
  return { library, base };
}

function linkGrammar(link: Link, library: Library, base: number): Grammar {
  const module = compileWasm(grammarFile, 'tree-sitter-bash');
  const functions = link.table.grow(dynamicLinking(module).tableSize);
  const instance = new WebAssembly.Instance(module, {
    env: {
      ...library,
      ...environment(link, base, functions),
      __assert_fail: stop,
    },
  });
  const grammar = instance.exports as unknown as Grammar;
  grammar.__wasm_apply_data_relocs();
  grammar.__wasm_call_ctors();
  return grammar;
}

const libraryFile = 'web-tree-sitter.wasm';
const grammarFile = 'tree-sitter-bash.wasm';

function environment(link: Link, data: number, functions: number): WebAssembly.ModuleImports {
  return {
    memory: link.memory,
    __indirect_function_table: link.table,
    __stack_pointer: link.stack,
    __memory_base: immutable(data),
    __table_base: immutable(functions),
  };
}

function stop(): never {
  throw new Error('the parser stopped');
}

const align = (address: number): number => Math.ceil(address / 16) * 16;

/** The first subsection of `dylink.0`: sizes and alignments of memory and table, in LEB128. */
function dynamicLinking(module: WebAssembly.Module): {
  readonly memorySize: number;
  readonly tableSize: number;
} {
  const [section] = WebAssembly.Module.customSections(module, 'dylink.0');
  if (section === undefined) throw new Error('the grammar cannot be linked');
  const bytes = new Uint8Array(section);
  let at = 2;
  const next = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const memorySize = next();
  next();
  return { memorySize, tableSize: next() };
}

/** `malloc` asks for a heap of so many bytes. 0 makes it report that there is none. */
function grow(memory: WebAssembly.Memory, bytes: number): number {
  const wanted = Math.ceil(Math.max(bytes, memory.buffer.byteLength * 1.5) / pageBytes);
  try {
    memory.grow(Math.min(wanted, pages.maximum) - memory.buffer.byteLength / pageBytes);
    return memory.buffer.byteLength >= bytes ? 1 : 0;
  } catch {
    return 0;
  }
}

/** One piece of the text, as UTF-16 with a zero behind it; its length in units. */
function supply({ memory, text }: Link, buffer: number, index: number, length: number): void {
  const piece = text.slice(index, index + pieceUnits - 1);
  const view = new DataView(memory.buffer);
  for (let i = 0; i < piece.length; i++) view.setUint16(buffer + 2 * i, piece.charCodeAt(i), true);
  view.setUint16(buffer + 2 * piece.length, 0, true);
  view.setInt32(length, piece.length, true);
}

function readWord({ memory }: Link, address: number): number {
  return new DataView(memory.buffer).getUint32(address, true);
}

function readString({ memory }: Link, address: number): string {
  const bytes = new Uint8Array(memory.buffer);
  return Buffer.from(bytes.subarray(address, bytes.indexOf(0, address))).toString('latin1');
}

interface Parser {
  readonly link: Link;
  readonly library: Library;
  readonly parser: number;
  readonly input: number;
  /** The library's only place for arguments and results that are not numbers. */
  readonly transfer: number;
  readonly kindOf: (symbol: number) => string;
}

function parse(parser: Parser, text: string, nodesMax: number): readonly RawNode[] | null {
  const { library, link } = parser;
  link.text = text;
  const tree = library.ts_parser_parse_wasm(parser.parser, parser.input, 0, 0, 0);
  link.text = '';
  if (tree === 0) {
    library.ts_parser_reset(parser.parser);
    return null;
  }
  library.ts_tree_root_node_wasm(tree);
  const nodes = library.ts_node_has_error_wasm(tree) === 0 ? walk(parser, tree, nodesMax) : null;
  library.ts_tree_delete(tree);
  return nodes;
}

function walk({ library, kindOf }: Parser, tree: number, nodesMax: number): readonly RawNode[] | null {
  const nodes: RawNode[] = [];
  library.ts_tree_root_node_wasm(tree);
  library.ts_tree_cursor_new_wasm(tree);
  for (let count = 0; ; count++) {
    if (count > nodesMax || library.ts_tree_cursor_current_node_is_missing_wasm(tree) !== 0) return null;
    if (library.ts_tree_cursor_current_node_is_named_wasm(tree) !== 0) {
      const kind = kindOf(library.ts_tree_cursor_current_node_type_id_wasm(tree));
      nodes.push({ kind, start: library.ts_tree_cursor_start_index_wasm(tree) });
    }
    if (library.ts_tree_cursor_goto_first_child_wasm(tree) !== 0) continue;
    while (library.ts_tree_cursor_goto_next_sibling_wasm(tree) === 0) {
      if (library.ts_tree_cursor_goto_parent_wasm(tree) === 0) {
        library.ts_tree_cursor_delete_wasm(tree);
        return nodes;
      }
    }
  }
}
