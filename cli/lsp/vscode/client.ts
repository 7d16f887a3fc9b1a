/** The extension's own code: it starts `policy lsp` and leaves the rest to it. */
import * as path from 'node:path';
import { commands, workspace, type ExtensionContext } from 'vscode';
import { LanguageClient, TransportKind, type ServerOptions } from 'vscode-languageclient/node';

let client: LanguageClient | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  context.subscriptions.push(
    commands.registerCommand('sallyport.restart', () => start(context)),
    workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration('sallyport.policy')) await start(context);
    }),
  );
  await start(context);
}

export async function deactivate(): Promise<void> {
  await client?.stop();
  client = undefined;
}

async function start(context: ExtensionContext): Promise<void> {
  await deactivate();
  client = new LanguageClient('sallyport', 'Sallyport', serverOf(context), {
    documentSelector: [{ language: 'rules' }],
  });
  await client.start();
}

/** A command from a folder runs only if the folder is trusted: the editor ensures that. */
function serverOf(context: ExtensionContext): ServerOptions {
  const named = workspace.getConfiguration('sallyport').get<string>('policy', '');
  if (named !== '') return { command: named, args: ['lsp', '--stdio'] };
  const module = context.asAbsolutePath(path.join('server', 'policy.mjs'));
  return { module, args: ['lsp'], transport: TransportKind.stdio };
}
