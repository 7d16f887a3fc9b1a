/** `policy token`: a fresh token of whoever runs this, on stdout and nowhere else. */
import { YES, type ExitCode } from '../output/outcome.js';
import { print } from '../output/terminal.js';
import { chooseSource, withoutEmpty, type TokenOptions } from '../token-sources/choose.js';
import { inspectToken } from '../token-sources/inspect.js';

export type { TokenOptions } from '../token-sources/choose.js';

export async function token(given: TokenOptions): Promise<ExitCode> {
  const options = withoutEmpty(given);
  const source = await chooseSource(options, process.env);
  print(inspectToken(await source.read(), source.name, options.audience ?? null).token);
  return YES;
}
