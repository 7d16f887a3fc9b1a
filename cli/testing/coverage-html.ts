/**
 * Coverage as one self-contained page: the source of the rules, and beside each line what the tests covered. No script, no
 * font, no request.
 */
import {
  percentOf,
  type ConditionCoverage,
  type CoverageReport,
  type FileCoverage,
  type RuleCoverage,
} from '../../src/engine/testing/coverage.js';
import { lack } from './coverage-table.js';

/** The text of a file by its path; null if it is gone. */
export type ReadSource = (file: string) => string | null;

export function coverageHtml(report: CoverageReport, read: ReadSource): string {
  const files = report.files.map((file, index) => fileSection(file, index, read));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rule coverage: ${percentOf(report)} %</title>
<style>${style}</style>
</head>
<body>
<h1>Rule coverage: ${percentOf(report)} %</h1>
<p>${report.covered} of ${report.wanted} outcomes were tried, over ${report.decisions} decisions. Wanted are: of each rule
that it fires, of each condition that it is true once and once not, of each <code>some</code> and <code>:=</code> a
solution.</p>
${summary(report)}
${files.join('\n')}
</body>
</html>
`;
}

function summary({ files }: CoverageReport): string {
  const rows = files.map((file, index) => {
    const percent = percentOf(file);
    return `<tr><td><a href="#f${index}">${escape(file.file)}</a></td><td>${percent} %</td>
<td><meter min="0" max="100" low="80" high="99" optimum="100" value="${percent}"></meter></td></tr>`;
  });
  return `<table class="files">\n${rows.join('\n')}\n</table>`;
}

function fileSection(file: FileCoverage, index: number, read: ReadSource): string {
  const head = `<h2 id="f${index}">${escape(file.file)} <small>${percentOf(file)} %</small></h2>`;
  const text = read(file.file);
  if (text === null) return `${head}\n<p>The file is gone.</p>`;
  const lines = text.replace(/\n$/, '').split('\n');
  const marks = marksByLine(file);
  const rows = lines.map((line, at) => sourceRow(line, at + 1, marks.get(at + 1) ?? noMarks));
  return `${head}\n<table class="source">\n${rows.join('\n')}\n</table>`;
}

interface Marks {
  readonly rules: RuleCoverage[];
  readonly conditions: ConditionCoverage[];
}
const noMarks: Marks = { rules: [], conditions: [] };

function marksByLine({ rules }: FileCoverage): Map<number, Marks> {
  const lines = new Map<number, Marks>();
  const at = (line: number): Marks => {
    const marks = lines.get(line) ?? { rules: [], conditions: [] };
    lines.set(line, marks);
    return marks;
  };
  for (const rule of rules) {
    at(rule.line).rules.push(rule);
    for (const condition of rule.conditions) at(condition.start.line).conditions.push(condition);
  }
  return lines;
}

function sourceRow(text: string, line: number, marks: Marks): string {
  const notes = [
    ...marks.rules.map(({ hits }) => note(hits > 0 ? 'covered' : 'never', `${hits}×`)),
    ...marks.conditions.map((one) => note(className(one), describe(one))),
  ];
  return `<tr><td class="line">${line}</td><td class="code">${marked(text, line, marks.conditions)}</td><td>${notes.join('')}</td></tr>`;
}

function note(kind: string, text: string): string {
  return `<span class="note ${kind}">${escape(text)}</span>`;
}

/** Each condition at its position; nested ones, and those of many lines, mark the part on this line. */
function marked(text: string, line: number, conditions: readonly ConditionCoverage[]): string {
  let html = '';
  let done = 0;
  for (const condition of conditions) {
    const start = condition.start.column - 1;
    const end = condition.end.line === line ? condition.end.column - 1 : text.length;
    if (start < done) continue;
    html += `${escape(text.slice(done, start))}<mark class="${className(condition)}">${escape(text.slice(start, end))}</mark>`;
    done = end;
  }
  return html + escape(text.slice(done));
}

function className({ state }: ConditionCoverage): string {
  return state === 'covered' || state === 'partly' ? state : 'never';
}

/** `true 5, false 2, index-excluded 10: never …`; outcomes that never came are left out. */
function describe(condition: ConditionCoverage): string {
  const counts = [
    ['true', condition.true],
    ['false', condition.false],
    ['absent', condition.absent],
    ['unknown', condition.unknown],
    ['index-excluded', condition.excluded],
  ] as const;
  const seen = counts.filter(([, number]) => number > 0).map(([name, number]) => `${name} ${number}`);
  return [...seen, ...[lack(condition)].filter((text) => text !== '')].join(', ');
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

const style = `
:root { color-scheme: light dark; --covered: #1a7f3722; --partly: #bf870044; --never: #cf222e33; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
table { border-collapse: collapse; }
.files td { padding: 0 1rem 0 0; }
.source { width: 100%; font: 13px/1.5 ui-monospace, monospace; }
.source td { vertical-align: top; padding: 0 .5rem; }
.line { color: GrayText; text-align: right; user-select: none; width: 1%; }
.code { white-space: pre-wrap; }
mark { color: inherit; border-radius: 2px; }
.note { display: inline-block; border-radius: 2px; padding: 0 .35rem; margin-right: .35rem; font-size: 12px; }
.covered { background: var(--covered); }
.partly { background: var(--partly); }
.never { background: var(--never); }
small { color: GrayText; font-weight: normal; }
`;
