/** An editor for tests: the client side of the protocol over the pipes of a real `policy lsp`. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { Diagnostic, InitializeResult, Position, Range, TextEdit } from 'vscode-languageserver';

const program = resolve(dirname(fileURLToPath(import.meta.url)), '../../../dist/policy.mjs');

export interface Told {
  readonly type: number;
  readonly message: string;
}

export class Editor {
  readonly folder: string;
  readonly messages: Told[] = [];
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #connection: MessageConnection;
  readonly #diagnostics = new Map<string, readonly Diagnostic[]>();
  readonly #waiting = new Set<() => void>();
  readonly #versions = new Map<string, number>();
  readonly #ended: Promise<number | null>;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'policy-lsp-'));
    this.#process = spawn(process.execPath, [program, 'lsp', '--stdio']);
    this.#ended = new Promise((done) => this.#process.on('exit', done));
    this.#connection = createMessageConnection(
      new StreamMessageReader(this.#process.stdout),
      new StreamMessageWriter(this.#process.stdin),
    );
    this.#connection.onNotification(
      'textDocument/publishDiagnostics',
      (params: { uri: string; diagnostics: Diagnostic[] }) => {
        this.#diagnostics.set(params.uri, params.diagnostics);
        for (const wake of this.#waiting) wake();
      },
    );
    const tell = (told: Told): void => void this.messages.push(told);
    this.#process.stderr.on('data', (bytes: Buffer) => tell({ type: 1, message: bytes.toString() }));
    this.#connection.onNotification('window/showMessage', tell);
    this.#connection.onNotification('window/logMessage', tell);
    this.#connection.onRequest('client/registerCapability', () => null);
    this.#connection.listen();
  }

  async start(): Promise<InitializeResult> {
    const workspaceFolders = [{ uri: pathToFileURL(this.folder).href, name: 'rules' }];
    const capabilities = { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } };
    const params = { processId: process.pid, rootUri: null, capabilities, workspaceFolders };
    const result = await this.request<InitializeResult>('initialize', params);
    await this.#connection.sendNotification('initialized', {});
    return result;
  }

  /** How the server ended. */
  async stop(): Promise<number | null> {
    await this.request('shutdown', undefined);
    await this.#connection.sendNotification('exit');
    const code = await this.#ended;
    this.#connection.dispose();
    rmSync(this.folder, { recursive: true });
    return code;
  }

  kill(): void {
    this.#process.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return pathToFileURL(path).href;
  }

  uri(name: string): string {
    return pathToFileURL(join(this.folder, name)).href;
  }

  async open(name: string, text: string): Promise<string> {
    const uri = name.startsWith('untitled:') ? name : this.uri(name);
    const version = (this.#versions.get(uri) ?? 0) + 1;
    this.#versions.set(uri, version);
    await this.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'rules', version, text } });
    return uri;
  }

  /** Replaces a range, or the whole text. */
  async change(uri: string, text: string, range?: Range): Promise<void> {
    const version = this.#versions.get(uri)! + 1;
    this.#versions.set(uri, version);
    const contentChanges = [range === undefined ? { text } : { text, range }];
    await this.notify('textDocument/didChange', { textDocument: { uri, version }, contentChanges });
  }

  async close(uri: string): Promise<void> {
    await this.notify('textDocument/didClose', { textDocument: { uri } });
  }

  notify(method: string, params: unknown): Promise<void> {
    return this.#connection.sendNotification(method, params);
  }

  request<Result>(method: string, params: unknown): Promise<Result> {
    return this.#connection.sendRequest(method, params);
  }

  at<Result>(method: string, uri: string, position: Position, more: object = {}): Promise<Result> {
    return this.request(`textDocument/${method}`, { textDocument: { uri }, position, ...more });
  }

  /** Waits until the diagnostics of a file are as wanted. */
  async diagnostics(
    uri: string,
    wanted: (diagnostics: readonly Diagnostic[]) => boolean,
  ): Promise<readonly Diagnostic[]> {
    for (;;) {
      const now = this.#diagnostics.get(uri) ?? [];
      if (wanted(now)) return now;
      await new Promise<void>((done) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          done();
        };
        this.#waiting.add(wake);
      });
    }
  }
}

/** A text with `|` where the cursor stands, as a text and a position. */
export function withCursor(marked: string): { text: string; position: Position } {
  const at = marked.indexOf('|');
  const text = marked.slice(0, at) + marked.slice(at + 1);
  return { text, position: positionAt(text, at) };
}

export function positionAt(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length - 1, character: lines.at(-1)!.length };
}

export function textIn(text: string, { start, end }: Range): string {
  return text.slice(offsetAt(text, start), offsetAt(text, end));
}

function offsetAt(text: string, { line, character }: Position): number {
  const before = text.split('\n').slice(0, line);
  return before.reduce((sum, one) => sum + one.length + 1, 0) + character;
}

/** From the last to the first, so that each range is still where it was. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const sorted = edits.toSorted(
    (one, other) => offsetAt(text, other.range.start) - offsetAt(text, one.range.start),
  );
  return sorted.reduce(
    (before, { range, newText }) =>
      before.slice(0, offsetAt(text, range.start)) + newText + before.slice(offsetAt(text, range.end)),
    text,
  );
}
