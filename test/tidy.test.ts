/** The house rules that a reviewer would otherwise have to remember. Each failure names the file. */
import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

const ignored = new Set(['.git', ...readFileSync(join(root, '.gitignore'), 'utf8').split(/\/?\n/)]);

function walk(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (ignored.has(entry.name) || /\.tsbuildinfo$/.test(entry.name)) return [];
    return entry.isDirectory() ? walk(path) : [path];
  });
}

const files = walk('.').map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
const code = files.filter(
  ({ path }) =>
    /^(grammar|src|proxy|cli|test|bench|scripts)\/.*\.ts$/.test(path) &&
    !path.startsWith('scripts/clients/projects/'),
);
const house = code.filter(({ path }) => /^(grammar|src|proxy|cli)\//.test(path));

/** From the bottom up. What stands in one line may not import its neighbours. */
const layers: readonly (readonly string[])[] = [
  ['src/values'],
  ['grammar'],
  ['src/engine'],
  ['src/facts'],
  ['src/masking', 'src/identity', 'src/approvals', 'src/audit'],
  ['src/config', 'src/protocols'],
  ['src/targets'],
  ['src/replay', 'src/store'],
  ['src/gateway'],
  ['proxy', 'src/console'],
  ['cli'],
];

function areaOf(path: string): string | undefined {
  return layers.flat().find((area) => path.startsWith(`${area}/`));
}

function rank(area: string): number {
  return layers.findIndex((layer) => layer.includes(area));
}

/** Every file of ours that a file imports, types and `import()` included, as paths from the root. */
function importsOf({ path, text }: { path: string; text: string }): string[] {
  const found = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  return found
    .filter((name) => name.startsWith('.'))
    .map((name) => relative(root, resolve(root, dirname(path), name)).replace(/\.js$/, '.ts'));
}

const imports = new Map(house.map((file) => [file.path, importsOf(file)]));
const allImports = new Map(code.map((file) => [file.path, importsOf(file)]));

describe('imports', () => {
  test('go from the top of the house to its bottom', () => {
    const wrong = [...imports].flatMap(([from, targets]) =>
      targets.filter((to) => !mayImport(from, to)).map((to) => `${from} imports ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  test('never go round', () => {
    expect(findCycles()).toEqual([]);
  });
});

function mayImport(from: string, to: string): boolean {
  const upper = areaOf(from);
  // The version is in package.json alone.
  if (to === 'package.json') return upper === 'cli';
  // Both stand below everything but the grammar.
  if (to === 'src/errors.ts' || to === 'src/log.ts') return upper !== 'grammar';
  const lower = areaOf(to);
  if (lower === undefined) return false;
  return upper === lower || (upper !== undefined && rank(upper) > rank(lower));
}

function findCycles(): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, above: readonly string[]): void => {
    const at = above.indexOf(path);
    if (at !== -1) {
      cycles.push([...above.slice(at), path].join(' → '));
      return;
    }
    if (done.has(path)) return;
    for (const next of allImports.get(path) ?? []) visit(next, [...above, path]);
    done.add(path);
  };
  for (const path of allImports.keys()) visit(path, []);
  return cycles;
}

/** Folders of one protocol, or of one kind of target. */
const ofProtocols =
  /^(src\/facts\/(?!schema\/)[^/]+|src\/masking\/(?!detectors\/|json\/)[^/]+|src\/(protocols|targets)\/[^/]+|proxy\/[^/]+)\//;

/** What serves every protocol. In cli/, what is about one of them by its nature stands in folders of its own. */
const forAll =
  /^(src\/(gateway|audit|replay|config|identity)\/|src\/masking\/[^/]+$|src\/masking\/detectors\/|src\/facts\/command\.ts$|src\/targets\/[^/]+(?<!types)\.ts$|proxy\/[^/]+(?<!list)\.ts$|cli\/(?!demo|init|connect|commands\/connect))/;

describe('the middle', () => {
  test('imports nothing of one protocol', () => {
    const wrong = [...imports].flatMap(([from, targets]) =>
      forAll.test(from)
        ? targets.filter((to) => ofProtocols.test(to)).map((to) => `${from} imports ${to}`)
        : [],
    );
    expect(wrong).toEqual([]);
  });

  test('names none in its code', () => {
    const middle = house.filter(({ path }) => forAll.test(path) && /^(src|proxy)\//.test(path));
    // Version 1 of recordings knew one protocol alone.
    const found = middle
      .filter(({ path }) => path !== 'src/audit/version-1.ts')
      .flatMap(({ path, text }) =>
        [...withoutComments(text).matchAll(/\w*(postgres|sqlstate|\bsql\b|kubectl|docker)\w*/gi)].map(
          ([word]) => `${path}: ${word}`,
        ),
      );
    expect(found).toEqual([]);
  });
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
}

/** Modules that reach beyond the process, and what differs from one moment to the next. */
const impure =
  /from 'node:(fs|net|tls|http|https|http2|dgram|dns|child_process|worker_threads|process|os|timers)[/']|\bprocess\.|\bDate\.now\(|\bnew Date\(\)|Math\.random|performance\.now|\bset(Timeout|Interval|Immediate)\(/;

/** `isIP` looks at a text. The parsers are WebAssembly modules in files; rules are folders. */
const readers = new Set([
  'src/masking/detectors/ip-address.ts',
  'src/facts/wasm-file.ts',
  'src/engine/bundle/rule-files.ts',
]);

test('the core is pure', () => {
  const core = house.filter(({ path }) =>
    /^(grammar|src\/(values|engine|facts|masking|protocols))\//.test(path),
  );
  const wrong = core.filter(({ path, text }) => !readers.has(path) && impure.test(withoutComments(text)));
  expect(wrong.map(({ path }) => path)).toEqual([]);
  expect([...readers].filter((path) => !core.some((file) => file.path === path))).toEqual([]);
});

describe('sizes', () => {
  test('files have at most 400 lines', () => {
    const long = code.map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }));
    expect(long.filter(({ lines }) => lines > 400)).toEqual([]);
  });

  test('functions have at most 70 lines', () => {
    expect(code.filter(({ path }) => !path.startsWith('test/')).flatMap(longFunctions)).toEqual([]);
  });
});

function longFunctions({ path, text }: { path: string; text: string }): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) {
      const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
      const lines = source.getLineAndCharacterOfPosition(node.end).line - first + 1;
      if (lines > 70) found.push(`${path}:${first + 1} (${lines} lines)`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe('the tree', () => {
  test('has the files that the tests begin with', () => {
    const text = readFileSync(join(root, 'scripts/test-order.mjs'), 'utf8');
    const listed = [...text.matchAll(/'(test\/[^']+)'/g)].map(([, path]) => path!);
    expect(listed.length).toBeGreaterThan(0);
    expect(listed.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('has the top-level entries of the design and no other', () => {
    const folders = ['grammar', 'src', 'rules', 'proxy', 'cli', 'test', 'docs', 'bench', 'scripts', '.ci'];
    const rootFiles = [
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'eslint.config.js',
      'jest.config.js',
      'knip.json',
      '.gitignore',
      '.npmrc',
      '.prettierrc.json',
      '.prettierignore',
    ];
    const present = new Set(files.map(({ path }) => path.split('/', 1)[0]!));
    expect([...present].filter((name) => !folders.includes(name) && !rootFiles.includes(name))).toEqual([]);
  });

  test('a folder holds at most thirty entries, so that one sees through it', () => {
    const folders = new Map<string, Set<string>>();
    for (const { path } of files.filter((file) =>
      /^(grammar|src|proxy|cli|bench|scripts)\//.test(file.path),
    )) {
      const parts = path.split('/');
      parts.forEach((part, depth) => {
        const folder = parts.slice(0, depth).join('/');
        folders.set(folder, (folders.get(folder) ?? new Set()).add(part));
      });
    }
    const crowded = [...folders].filter(([, entries]) => entries.size > 30);
    expect(crowded.map(([folder, entries]) => `${folder}: ${entries.size}`)).toEqual([]);
  });

  test('every folder of the source is a layer', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(folders.map(({ name }) => `src/${name}`).filter((area) => rank(area) === -1)).toEqual([]);
  });

  test('names files in kebab-case, one noun each', () => {
    const odd = house.filter(
      ({ path }) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/.test(path.split('/').at(-1)!),
    );
    const vague = house.filter(({ path }) => /(^|[/-])(utils?|helpers?|misc|manager)\.ts$/.test(path));
    expect([...odd, ...vague].map(({ path }) => path)).toEqual([]);
  });
});

/** Written apart, so that this file does not find itself. */
const words = (...parts: readonly string[]): RegExp => new RegExp(parts.join(''), 'g');

describe('no file holds', () => {
  const everything = files.filter(({ path }) => path !== 'package-lock.json');
  const findings = (pattern: RegExp, among = everything): string[] =>
    among.flatMap(({ path, text }) => [...text.matchAll(pattern)].map(([found]) => `${path}: ${found}`));

  test('a path of somebody’s machine', () => {
    expect(findings(words('/(home|Users|root|work)', '/[a-z]\\w*'))).toEqual([]);
  });

  test('the host of a package registry', () => {
    expect(
      findings(words('\\b(registry|npm|artifactory|nexus)\\.[a-z0-9.-]+\\.(org|com|io|net|internal)\\b')),
    ).toEqual([]);
    const lock = files.filter(({ path }) => path === 'package-lock.json');
    expect(findings(/"resolved"/g, lock)).toEqual([]);
  });

  test('work that was put off', () => {
    const source = everything.filter(({ path }) => /\.(ts|mjs|js|rules|yaml)$/.test(path));
    expect(findings(words('\\b(TO', 'DO|FIX', 'ME|XX', 'X)\\b'), source)).toEqual([]);
  });

  test('a private word where the field has one (docs/glossary.md)', () => {
    const pattern = words(
      '\\b(kno',
      'cks?|gue',
      'sts?|fare',
      'well|doi',
      'ngs|men',
      'ded|told ap',
      'art|found o',
      'ut)\\b',
    );
    const own = code.filter(({ path }) => !path.startsWith('test/') && !path.startsWith('scripts/clients/'));
    expect(findings(pattern, own)).toEqual([]);
  });

  test('a comment that begins as a label', () => {
    const own = code.filter(({ path }) => !path.startsWith('test/'));
    expect(findings(words('/\\*\\* O', 'f (nobody|all|what|those|such) '), own)).toEqual([]);
  });

  test('a test that is skipped, or that keeps others from running', () => {
    const tests = code.filter(({ path }) => path.startsWith('test/'));
    const pattern = words(
      '\\b(describe|test|it)(\\.each)?\\.',
      '(only|skip|todo|failing)\\b|\\bx(it|describe|test)\\(',
    );
    expect(findings(pattern, tests)).toEqual([]);
  });
});

describe('one choke point', () => {
  test('only the guard and the commands that explain, test and replay decide', () => {
    const callers = house.filter(
      ({ path, text }) => !path.startsWith('src/engine/') && /\bpolicy(\(\))?\.decide\(/.test(text),
    );
    const allowed =
      /^(src\/gateway\/guard\.ts|src\/replay\/|src\/protocols\/|cli\/commands\/(explain|test|replay)\.ts)/;
    expect(callers.map(({ path }) => path).filter((path) => !allowed.test(path))).toEqual([]);
  });
});
