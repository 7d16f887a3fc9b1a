/** What `policy check` says of wrong files: each shows a newcomer where the mistake is and what to write instead. */
import { describe, expect, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { renderDiagnostic } from '../../grammar/diagnostic.js';
import { checkFiles, splitFiles } from './checked.js';
import { goldenFiles } from './syntax/golden.js';

const folder = new URL('check/', import.meta.url);

describe('files that parse and are wrong', () => {
  goldenFiles(folder, (source) => {
    const diagnostics = checkFiles(splitFiles(source, 'ci.rules'));
    expect(diagnostics).not.toEqual([]);
    // What is possible is part of some messages; every other finding says what to do.
    const silent = diagnostics.filter(({ help, message }) => help === undefined && !/one of `/.test(message));
    expect(silent).toEqual([]);
    return diagnostics.map(renderDiagnostic).join('\n\n');
  });

  test('there are a hundred and more', () => {
    expect(readdirSync(folder).length).toBeGreaterThanOrEqual(100);
  });
});
