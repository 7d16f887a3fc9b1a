/** Sends diagnostics to the editor: shortly after the last change, and only those that differ from before. */
import type { Diagnostic as Shown } from 'vscode-languageserver';
import { findProblems, type Problem } from './features/diagnostics.js';
import type { RuleSet } from './workspace/rule-set.js';
import { uriOf, type Workspace } from './workspace/workspace.js';

/** Diagnostics are not needed for every keystroke; the delay grows with the time that a check of the rule set takes. */
const SETTLE_MS = 150;
const SETTLE_MS_MAX = 3000;

export interface Outlet {
  send(uri: string, version: number | null, diagnostics: Shown[]): void;
  failed(error: unknown): void;
}

export class Publisher {
  readonly #workspace: Workspace;
  readonly #outlet: Outlet;
  readonly #sent = new Map<string, string>();
  readonly #failedTests = new Map<string, readonly Shown[]>();
  #timer: NodeJS.Timeout | null = null;
  #tookMs = 0;

  constructor(workspace: Workspace, outlet: Outlet) {
    this.#workspace = workspace;
    this.#outlet = outlet;
  }

  soon(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const wait = Math.min(SETTLE_MS + 2 * this.#tookMs, SETTLE_MS_MAX);
    this.#timer = setTimeout(() => this.now(), wait);
  }

  now(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const started = performance.now();
    try {
      const sets = this.#workspace.openPaths().map((path) => this.#workspace.ruleSetOf(path));
      const problems = [...new Set(sets)].flatMap((ruleSet) => [...this.#problemsOf(ruleSet)]);
      const seen = new Set(problems.map(([uri]) => uri));
      for (const [uri, version, shown] of problems) this.#send(uri, version, shown);
      // Diagnostics of files that nobody has open any more must not stay forever.
      for (const uri of this.#sent.keys()) if (!seen.has(uri)) this.#send(uri, null, []);
    } catch (error) {
      this.#outlet.failed(error);
    }
    this.#tookMs = performance.now() - started;
  }

  /** Until the file changes, failed rows are shown with its other problems. */
  testsFailed(path: string, diagnostics: readonly Shown[]): void {
    this.#failedTests.set(path, diagnostics);
    this.now();
  }

  changed(path: string): void {
    this.#failedTests.delete(path);
    this.soon();
  }

  *#problemsOf(ruleSet: RuleSet): Generator<[string, number | null, Shown[]]> {
    for (const [path, problems] of findProblems(ruleSet)) {
      const failed = this.#failedTests.get(path) ?? [];
      // As the editor writes it, which may differ from the server's form.
      const { uri, version = null } = ruleSet.files.get(path)?.file.document ?? { uri: uriOf(path) };
      yield [uri, version, [...problems.map(({ shown }: Problem) => shown), ...failed]];
    }
  }

  #send(uri: string, version: number | null, diagnostics: Shown[]): void {
    const text = JSON.stringify(diagnostics);
    if ((this.#sent.get(uri) ?? '[]') === text) return;
    if (diagnostics.length === 0) this.#sent.delete(uri);
    else this.#sent.set(uri, text);
    this.#outlet.send(uri, version === 0 ? null : version, diagnostics);
  }
}
