/** What test runners print, read: which test passed, and what a failed one said. Pure. */
import type { Report } from '../tool.js';

interface GoEvent {
  readonly Action?: string;
  readonly Package?: string;
  readonly Test?: string;
  readonly Output?: string;
}

/** `go test -json`: an event a line. Tests that are skipped are left out; a package without a test of its own that fails is one. */
export function readGoTest(printed: string, module: string): Report {
  const outcome = new Map<string, boolean>();
  const said = new Map<string, string>();
  for (const line of printed.split('\n')) {
    const event = goEvent(line);
    if (event?.Package === undefined) continue;
    const folder = event.Package === module ? '.' : event.Package.replace(`${module}/`, '');
    const name = `${folder} ${event.Test ?? '(package)'}`;
    if (event.Action === 'output') said.set(name, (said.get(name) ?? '') + (event.Output ?? ''));
    if (event.Action === 'fail') outcome.set(name, false);
    if (event.Action === 'pass' && event.Test !== undefined) outcome.set(name, true);
  }
  // A package fails because a test does, or by itself: it was not built, or it crashed.
  for (const [name] of [...outcome].filter(([one]) => one.endsWith(' (package)'))) {
    const folder = name.slice(0, name.indexOf(' '));
    if ([...outcome].some(([one, passed]) => !passed && one !== name && one.startsWith(`${folder} `)))
      outcome.delete(name);
  }
  return { outcome, printed: ofFailed(outcome, said) };
}

function goEvent(line: string): GoEvent | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as GoEvent;
  } catch {
    return null;
  }
}

/** `pytest -v -rfE`: a verdict a line, and at the end why some failed. Skipped tests are left out. */
export function readPytest(printed: string): Report {
  const outcome = new Map<string, boolean>();
  const said = new Map<string, string>();
  for (const line of printed.split('\n')) {
    const why = /^(?:FAILED|ERROR) (\S+::.+?) - (.*)$/.exec(line);
    if (why !== null) said.set(why[1]!, why[2]!);
    const verdict = /^(\S+::.+?) (PASSED|FAILED|ERROR|XFAIL|XPASS)(?:\s+(?:\(.*\)\s+)?\[\s*\d+%\])?\s*$/.exec(
      line,
    );
    if (verdict === null) continue;
    const [, name, word] = verdict;
    // A test may pass and its end fail.
    const passed =
      (word === 'PASSED' || word === 'XFAIL' || word === 'XPASS') && outcome.get(name!) !== false;
    outcome.set(name!, passed);
  }
  return { outcome, printed: ofFailed(outcome, said) };
}

/** Our own programs: `ok NAME`, or `not ok NAME: WHY`. */
export function readChecks(printed: string): Report {
  const outcome = new Map<string, boolean>();
  const said = new Map<string, string>();
  for (const [, no, name, why] of printed.matchAll(/^(not )?ok ([^:\n]+)(?:: (.*))?$/gm)) {
    outcome.set(name!, no === undefined);
    if (why !== undefined) said.set(name!, why);
  }
  return { outcome, printed: ofFailed(outcome, said) };
}

function ofFailed(outcome: Report['outcome'], said: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...said].filter(([name]) => outcome.get(name) === false));
}
