/**
 * `policy lsp`: the language server, over stdin and stdout.
 * https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/
 */
import {
  CodeActionKind,
  createConnection,
  DidChangeWatchedFilesNotification,
  MessageType,
  ResponseError,
  ShowMessageNotification,
  TextDocuments,
  TextDocumentSyncKind,
  type Connection,
  type InitializeParams,
  type InitializeResult,
  type TextDocumentPositionParams,
  type WorkspaceFolder,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import packageJson from '../../package.json' with { type: 'json' };
import type { ExitCode } from '../output/outcome.js';
import { actionsFor } from './features/actions.js';
import { complete } from './features/completion.js';
import { findProblems } from './features/diagnostics.js';
import { FIX_ALL, fixAllAction } from './features/fix-all.js';
import { format } from './features/format.js';
import { hoverAt } from './features/hover.js';
import { definitionOf, nameAt, placesOf, toLocations } from './features/navigation.js';
import { outline, symbolsIn } from './features/outline.js';
import { Publisher } from './publisher.js';
import { prepareRename, rename } from './features/rename.js';
import type { OpenFile, RuleSet } from './workspace/rule-set.js';
import { signatureAt } from './features/signature.js';
import { RUN_TEST, runTest, testLenses } from './features/test-lens.js';
import { pathOf, Workspace } from './workspace/workspace.js';

/** Never resolves: the process ends when the editor says so, or is gone. */
export function lsp(): Promise<ExitCode> {
  const connection = createConnection(process.stdin, process.stdout);
  const documents = new TextDocuments(TextDocument);
  connection.onInitialize((params) => {
    serve(connection, documents, params);
    return capabilities;
  });
  // An editor that does not know one of our requests answers with an error, which is ignored.
  process.on('unhandledRejection', (error) => connection.console.error(stackOf(error)));
  documents.listen(connection);
  connection.listen();
  return new Promise(() => undefined);
}

const capabilities: InitializeResult = {
  serverInfo: { name: 'policy', version: packageJson.version },
  capabilities: {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
    hoverProvider: true,
    completionProvider: { triggerCharacters: ['.', '"'] },
    signatureHelpProvider: { triggerCharacters: ['(', ','] },
    definitionProvider: true,
    referencesProvider: true,
    documentHighlightProvider: true,
    renameProvider: { prepareProvider: true },
    documentSymbolProvider: true,
    workspaceSymbolProvider: true,
    documentFormattingProvider: true,
    codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, FIX_ALL] },
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
    codeLensProvider: {},
    executeCommandProvider: { commands: [RUN_TEST] },
  },
};

/** A request about a file, answered from its rule set. */
interface Asked {
  readonly ruleSet: RuleSet;
  readonly path: string;
  readonly open: OpenFile;
}

function serve(
  connection: Connection,
  documents: TextDocuments<TextDocument>,
  params: InitializeParams,
): void {
  const workspace = new Workspace(pathsOf(params.workspaceFolders));
  const publisher = new Publisher(workspace, {
    send: (uri, version, diagnostics) =>
      void connection.sendDiagnostics({ uri, diagnostics, ...(version === null ? {} : { version }) }),
    failed: (error) => connection.console.error(stackOf(error)),
  });
  follow(connection, documents, params, workspace, publisher);
  const answers = new Answers(connection, workspace);
  answerNames(connection, answers);
  answerFiles(connection, answers, workspace);
  connection.onExecuteCommand(async ({ command, arguments: given }) => {
    const [uri, title] = (given ?? []) as unknown[];
    if (command !== RUN_TEST || typeof uri !== 'string' || typeof title !== 'string') return null;
    const path = pathOf(uri);
    const outcome = await runTest(workspace.ruleSetOf(path), path, title);
    publisher.testsFailed(path, outcome.diagnostics);
    const type = outcome.passed ? MessageType.Info : MessageType.Error;
    await connection.sendNotification(ShowMessageNotification.type, { type, message: outcome.message });
    return { passed: outcome.passed, message: outcome.message };
  });
}

/** The editor's notifications about its texts and the disk. */
function follow(
  connection: Connection,
  documents: TextDocuments<TextDocument>,
  { capabilities: client }: InitializeParams,
  workspace: Workspace,
  publisher: Publisher,
): void {
  documents.onDidChangeContent(({ document }) => {
    // The library changes the document in place; a text that was read must not change.
    const { uri, languageId, version } = document;
    workspace.put(TextDocument.create(uri, languageId, version, document.getText()));
    publisher.changed(pathOf(uri));
  });
  documents.onDidClose(({ document }) => {
    workspace.close(document.uri);
    publisher.soon();
  });
  const diskChanged = (): void => {
    workspace.diskChanged();
    publisher.soon();
  };
  documents.onDidSave(diskChanged);
  connection.onDidChangeWatchedFiles(diskChanged);
  connection.onInitialized(() => {
    if (client.workspace?.workspaceFolders === true)
      connection.workspace.onDidChangeWorkspaceFolders(async () => {
        workspace.setFolders(pathsOf(await connection.workspace.getWorkspaceFolders()));
        publisher.soon();
      });
    if (client.workspace?.didChangeWatchedFiles?.dynamicRegistration !== true) return;
    const watchers = [{ globPattern: '**/*.{rules,json,yaml,yml}' }];
    void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
  });
}

/** Our own mistake costs the answer, and never the server. */
class Answers {
  readonly #connection: Connection;
  readonly #workspace: Workspace;

  constructor(connection: Connection, workspace: Workspace) {
    this.#connection = connection;
    this.#workspace = workspace;
  }

  about<Params extends { readonly textDocument: { readonly uri: string } }, Result>(
    answer: (asked: Asked, params: Params) => Result,
  ): (params: Params) => Result | null {
    return this.safely((params: Params) => {
      const path = pathOf(params.textDocument.uri);
      const ruleSet = this.#workspace.ruleSetOf(path);
      const open = ruleSet.files.get(path);
      return open === undefined ? null : answer({ ruleSet, path, open }, params);
    });
  }

  safely<Params, Result>(answer: (params: Params) => Result): (params: Params) => Result | null {
    return (params) => {
      try {
        return answer(params);
      } catch (error) {
        if (error instanceof ResponseError) throw error;
        this.#connection.console.error(stackOf(error));
        return null;
      }
    };
  }
}

function answerNames(connection: Connection, answers: Answers): void {
  const named = ({ ruleSet, path, open }: Asked, params: TextDocumentPositionParams) => {
    return nameAt(ruleSet, path, open.file.document.offsetAt(params.position));
  };
  connection.onHover(
    answers.about(({ ruleSet, path, open }, { position }) =>
      hoverAt(ruleSet, path, open, open.file.document.offsetAt(position)),
    ),
  );
  connection.onDefinition(
    answers.about((asked, params) => {
      const found = named(asked, params);
      return found === null ? null : definitionOf(asked.ruleSet, asked.path, found);
    }),
  );
  connection.onReferences(
    answers.about((asked, params) => {
      const found = named(asked, params);
      if (found === null) return null;
      const places = placesOf(asked.ruleSet, asked.path, found);
      const wanted = places.filter(({ declares }) => params.context.includeDeclaration || !declares);
      return toLocations(asked.ruleSet, wanted);
    }),
  );
  connection.onDocumentHighlight(
    answers.about((asked, params) => {
      const found = named(asked, params);
      if (found === null) return null;
      const places = placesOf(asked.ruleSet, asked.path, found).filter(({ path }) => path === asked.path);
      return toLocations(asked.ruleSet, places).map(({ range }) => ({ range }));
    }),
  );
  connection.onPrepareRename(
    answers.about(({ ruleSet, path, open }, { position }) =>
      prepareRename(ruleSet, path, open.file.document.offsetAt(position)),
    ),
  );
  connection.onRenameRequest(
    answers.about(({ ruleSet, path, open }, { position, newName }) =>
      rename(ruleSet, path, open.file.document.offsetAt(position), newName),
    ),
  );
}

function answerFiles(connection: Connection, answers: Answers, workspace: Workspace): void {
  connection.onCompletion(
    answers.about(({ ruleSet, open }, { position }) =>
      complete(ruleSet, open, open.file.document.offsetAt(position)),
    ),
  );
  connection.onSignatureHelp(
    answers.about(({ ruleSet, open }, { position }) =>
      signatureAt(ruleSet, open, open.file.document.offsetAt(position)),
    ),
  );
  connection.onDocumentSymbol(answers.about(({ open }) => outline(open.file)));
  connection.onDocumentFormatting(answers.about(({ open }) => format(open.file)));
  connection.onCodeLens(answers.about(({ open }) => testLenses(open.file)));
  connection.onCodeAction(
    answers.about(({ ruleSet, path }, { range, context }) => {
      // Requested explicitly for all at once: it lints again after each change.
      const wanted = (kind: string): boolean => context.only?.some((only) => kind.startsWith(only)) ?? false;
      if (wanted(FIX_ALL)) return fixAllAction(ruleSet, path);
      return actionsFor(ruleSet, findProblems(ruleSet).get(path) ?? [], range);
    }),
  );
  connection.onWorkspaceSymbol(
    answers.safely(({ query }) => workspace.ruleSets().flatMap((ruleSet) => symbolsIn(ruleSet, query))),
  );
}

function pathsOf(folders: readonly WorkspaceFolder[] | null | undefined): readonly string[] {
  const uris = (folders ?? []).map(({ uri }) => uri).filter((uri) => uri.startsWith('file:'));
  return uris.map((uri) => pathOf(uri).replace(/[/\\]$/, ''));
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
