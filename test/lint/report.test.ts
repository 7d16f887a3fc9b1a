/** Findings for other programs: SARIF has the shape that its standard asks for, GitHub's commands are escaped. */
import { describe, expect, test } from '@jest/globals';
import { createColors } from 'picocolors';
import { engineBuiltins } from '../../src/engine/builtins/catalogue.js';
import { fromJson, type Value } from '../../src/values/value.js';
import { lintReport } from '../../cli/lint/report.js';
import { lintRules } from '../../cli/lint/rules.js';
import { lintExample, readExample } from './page.js';

const text = `package p

## Why.
allow a if {
  "ci" in identity.groups
  "orders" == target.name
}

deny b "denied" if "ci" not in identity.groups
`;
const findings = lintExample(readExample([{ name: 'a b/p.rules', text }]));
const about = {
  paint: createColors(false),
  rules: lintRules,
  version: '1.0.0',
  files: ['a b/p.rules', 'q.rules'],
};

interface Shape {
  readonly [keyword: string]: unknown;
}
const object = (required: readonly string[], properties: Record<string, Shape>): Shape => ({
  type: 'object',
  required,
  properties,
});
const list = (items: Shape, minItems = 0): Shape => ({ type: 'array', items, minItems });
const words: Shape = { type: 'string', minLength: 1 };
const message = object(['text'], { text: words });
const artifact = object(['uri'], { uri: { type: 'string', pattern: '^[A-Za-z0-9%._~/:-]+$' } });
const place = { type: 'integer', minimum: 1 };
const offset = { type: 'integer', minimum: 0 };
const level = { enum: ['none', 'note', 'warning', 'error'] };

/** What sections 3.13 to 3.57 of SARIF 2.1.0 require of the parts that we write. */
const sarifShape = object(['version', 'runs'], {
  version: { enum: ['2.1.0'] },
  runs: list(
    object(['tool', 'results'], {
      columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
      tool: object(['driver'], {
        driver: object(['name'], {
          name: words,
          rules: list(
            object(['id'], {
              id: words,
              shortDescription: message,
              defaultConfiguration: object([], { level }),
            }),
          ),
        }),
      }),
      results: list(
        object(['message'], {
          ruleId: words,
          ruleIndex: offset,
          level,
          message,
          locations: list(
            object([], {
              physicalLocation: object(['artifactLocation'], {
                artifactLocation: artifact,
                region: object(['startLine'], {
                  startLine: place,
                  startColumn: place,
                  endLine: place,
                  endColumn: place,
                }),
              }),
            }),
          ),
          fixes: list(
            object(['artifactChanges'], {
              description: message,
              artifactChanges: list(
                object(['artifactLocation', 'replacements'], {
                  artifactLocation: artifact,
                  replacements: list(
                    object(['deletedRegion'], {
                      deletedRegion: object([], { charOffset: offset, charLength: offset }),
                      insertedContent: object([], { text: { type: 'string' } }),
                    }),
                    1,
                  ),
                }),
                1,
              ),
            }),
          ),
        }),
      ),
    }),
    1,
  ),
});

/** By the rules' own JSON Schema builtin. */
function problems(value: unknown): Value {
  const match = engineBuiltins.find(({ name }) => name === 'json.match_schema')!;
  return match.call([fromJson(value), fromJson(sarifShape)], { spend: () => undefined })!;
}

describe('SARIF', () => {
  const log = JSON.parse(lintReport(findings, 'sarif', about)) as {
    runs: {
      tool: { driver: { rules: { id: string }[] } };
      results: { ruleId: string; ruleIndex: number; fixes?: unknown[] }[];
    }[];
  };

  test('has the shape of the standard', () => {
    expect(problems(log)).toEqual([true, []]);
    expect(problems({ version: '2.1.0', runs: [{ results: [] }] })).not.toEqual([true, []]);
  });

  test('has a descriptor for each rule, and each result points to its own', () => {
    const [run] = log.runs;
    expect(run!.tool.driver.rules.map(({ id }) => id)).toEqual(lintRules.map(({ id }) => id));
    for (const { ruleId, ruleIndex } of run!.results) expect(lintRules[ruleIndex]!.id).toBe(ruleId);
    expect(run!.results.map(({ ruleId }) => ruleId)).toEqual(findings.map(({ code }) => code));
  });

  test('holds fixes whose regions are in the text', () => {
    const result = log.runs[0]!.results.find(({ ruleId }) => ruleId === 'literal-first')!;
    expect(result.fixes).toEqual([
      {
        description: { text: 'replace by `target.name == "orders"`' },
        artifactChanges: [
          {
            artifactLocation: { uri: 'a%20b/p.rules' },
            replacements: [
              {
                deletedRegion: {
                  charOffset: text.indexOf('"orders"'),
                  charLength: '"orders" == target.name'.length,
                },
                insertedContent: { text: 'target.name == "orders"' },
              },
            ],
          },
        ],
      },
    ]);
  });
});

test('GitHub’s commands escape what would end them', () => {
  const [finding] = findings;
  const odd = { ...finding!, message: '100 %\nsure', code: 'a:b,c' };
  const line = lintReport([odd], 'github', about);
  expect(line.split('\n')).toHaveLength(1);
  expect(line).toMatch(/^::warning file=a b\/p\.rules,line=\d+,.*,title=a%3Ab%2Cc::100 %25%0Asure/);
});

test('JUnit has a case for each finding, and one for each file without', () => {
  const xml = lintReport(findings, 'junit', about);
  expect(xml).toContain(`tests="${findings.length + 1}" failures="${findings.length}"`);
  expect(xml).toContain('<testcase classname="q.rules" name="lint" time="0.000"/>');
});
