/** JUnit's XML, as CI servers read it. */

export interface JunitCase {
  readonly suite: string;
  readonly name: string;
  readonly seconds: number;
  /** Null if it passed. */
  readonly failure: { readonly message: string; readonly detail: string } | null;
}

export function junit(name: string, cases: readonly JunitCase[]): string {
  const failures = cases.filter(({ failure }) => failure !== null).length;
  const counts = `tests="${cases.length}" failures="${failures}"`;
  const suites = [...new Set(cases.map(({ suite }) => suite))].map((suite) => {
    const own = cases.filter((one) => one.suite === suite);
    const failed = own.filter(({ failure }) => failure !== null).length;
    const head = `  <testsuite name="${escape(suite)}" tests="${own.length}" failures="${failed}">`;
    return [head, ...own.map(testcase), '  </testsuite>'].join('\n');
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escape(name)}" ${counts}>`,
    ...suites,
    '</testsuites>',
  ].join('\n');
}

function testcase({ suite, name, seconds, failure }: JunitCase): string {
  const open = `    <testcase classname="${escape(suite)}" name="${escape(name)}" time="${seconds.toFixed(3)}"`;
  if (failure === null) return `${open}/>`;
  const detail = `<failure message="${escape(failure.message)}">${escape(failure.detail)}</failure>`;
  return `${open}>\n      ${detail}\n    </testcase>`;
}

/** XML 1.0 cannot express most control characters, so they are replaced. */
function escape(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
