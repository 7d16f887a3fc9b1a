/** The `options` of a start-up packet, read as the server reads them, and what is taken out for the gateway. */
import { describe, expect, test } from '@jest/globals';
import { takeOwnSettings } from '../../../proxy/postgres/login/own-settings.js';
import { objectionToStartup } from '../../../proxy/postgres/state/session-settings.js';
import { readStartupOptions } from '../../../proxy/postgres/wire/startup-options.js';

describe('settings inside of options', () => {
  test.each([
    ['', []],
    ['  ', []],
    ['-c a=b', ['a=b']],
    ['-ca=b', ['a=b']],
    ['--a=b', ['a=b']],
    ['--a-b=c-d', ['a_b=c-d']],
    ['-c a-b=c', ['a_b=c']],
    ['-c a=b -c c=d --e=f', ['a=b', 'c=d', 'e=f']],
    ['-c a=b\t\n\v\f\r-c c=d', ['a=b', 'c=d']],
    ['-c a=', ['a=']],
    ['-c a==b', ['a==b']],
    [String.raw`-c a=b\ c`, ['a=b c']],
    [String.raw`-c a=\\`, ['a=\\']],
    [String.raw`\-\c a\=b`, ['a=b']],
    ['-Ec a=b', ['a=b']],
    ['-EFsca=b', ['a=b']],
    ['-e- a=b', ['a=b']],
    // What takes an argument takes the next word, whatever it looks like.
    ['-D -c -ca=b', ['a=b']],
    ['-r -c --a=b', ['a=b']],
    ['-v -- -c a=b', ['a=b']],
    ['-d -c -ca=b', ['a=b']],
    ['-S64 -c a=b', ['a=b']],
    ['-c -c=x -c a=b', ['_c=x', 'a=b']],
    // A blank for the eye is none for the server.
    ['-c\u00a0a=b', ['\u00a0a=b']],
  ])('%j', (options, settings) => {
    const found = readStartupOptions(options).settings;
    expect(found.map(({ name, value }) => `${name}=${value}`)).toEqual(settings);
  });

  test.each([
    ['-c a=b', true],
    ['-s -EF -O', true],
    ['', true],
    ['-c', false],
    ['-c a', false],
    ['a=b', false],
    ['--', false],
    ['-', false],
    ['-x', false],
    ['-sx -c a=b', false],
    ['-c a=\u00e9', false],
  ])('%j: understood is %j', (options, understood) => {
    expect(readStartupOptions(options).understood).toBe(understood);
  });
});

describe('a start-up that is refused', () => {
  test.each([
    '-c role=x',
    '-crole=x',
    '--role=x',
    '--ROLE=x',
    '-Ec role=x',
    '-D -c -crole=x',
    '-r -c -crole=x',
    '-d -c --session-authorization=x',
    '-v -c -cclient_encoding=SJIS',
    '-c standard-conforming-strings=off',
    '-c standard_conforming_strings=of',
    String.raw`-c ro\le=x`,
    '-c role=none -c role=x',
    '-x -c role=none',
    '-\u00a0 role=x',
    '-A -c role=x',
  ])('options %j', (options) => {
    expect(objectionToStartup(new Map([['options', options]]))).toMatchObject({
      rule: 'gateway.session_state',
    });
  });

  test.each([
    '-c search_path=role_a',
    '-c application_name=role',
    '-c role=none',
    '-c client_encoding=utf-8 -c standard_conforming_strings=on',
    '-s -EF -c geqo=off',
    '-c application_name=\u00e9',
  ])('but not options %j', (options) => {
    expect(objectionToStartup(new Map([['options', options]]))).toBeNull();
  });

  test.each([
    'true',
    'TRUE',
    't',
    'yes',
    'y',
    'on',
    '1',
    'database',
    'DATABASE',
    '',
    'o',
    'maybe',
    ' off',
    '2',
  ])('replication %j', (value) => {
    expect(objectionToStartup(new Map([['replication', value]]))).toMatchObject({
      rule: 'gateway.replication',
    });
  });

  test.each(['false', 'FALSE', 'f', 'fal', 'no', 'n', 'off', 'of', '0'])(
    'but not replication %j',
    (value) => {
      expect(objectionToStartup(new Map([['replication', value]]))).toBeNull();
    },
  );
});

describe('settings of the gateway', () => {
  test.each([
    ['-c sallyport.auth=oauth', 'oauth', null],
    ['-csallyport.auth=oauth', 'oauth', null],
    ['--sallyport.auth=password', 'password', null],
    ['-c SallyPort.Auth=oauth', 'oauth', null],
    ['-c geqo=off -c sallyport.auth=oauth -c  jit=off', 'oauth', '-c geqo=off  -c  jit=off'],
    ['-c sallyport.auth=oauth -c sallyport.auth=password', 'password', null],
    [String.raw`-c a=b\ c -c sallyport.auth=oauth`, 'oauth', String.raw`-c a=b\ c `],
    ['-c geqo=off', null, '-c geqo=off'],
    ['-c a=sallyport.auth=oauth', null, '-c a=sallyport.auth=oauth'],
    ['-D -csallyport.auth=oauth', null, '-D -csallyport.auth=oauth'],
  ])('options %j: %j, and %j is left', (options, auth, left) => {
    const own = takeOwnSettings(
      new Map([
        ['application_name', 'x'],
        ['options', options],
      ]),
    );
    const rest: [string, string][] = left === null ? [] : [['options', left]];
    expect(own).toEqual({ auth, parameters: new Map([['application_name', 'x'], ...rest]) });
  });

  test('as a parameter of its own', () => {
    expect(takeOwnSettings(new Map([['sallyport.auth', 'oauth']]))).toEqual({
      auth: 'oauth',
      parameters: new Map(),
    });
  });

  test.each([
    ['sallyport.auth', 'none'],
    ['sallyport.auth', ''],
    ['sallyport.Auth', 'OAUTH'],
    ['sallyport.user', 'x'],
    ['Sallyport.', 'x'],
    ['options', '-c sallyport.auth=none'],
    ['options', '-c sallyport.rule=off'],
    ['options', '-Ec sallyport.auth=oauth'],
  ])('%s %j is refused', (name, value) => {
    expect(() => takeOwnSettings(new Map([[name, value]]))).toThrow(/^invalid setting `sallyport\./i);
  });
});
