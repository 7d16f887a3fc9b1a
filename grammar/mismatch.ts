/**
 * Chevrotain asks for an error message; its default would be a list of tokens. This gives it a key instead,
 * `rule:expected`, which messages.ts turns into a sentence with the token that was found.
 */
import type { IParserErrorMessageProvider } from 'chevrotain';

export const mismatchKeys: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, ruleName }) => `${ruleName}:${expected.name}`,
  buildNotAllInputParsedMessage: ({ ruleName }) => `${ruleName}:end`,
  buildNoViableAltMessage: ({ ruleName }) => `${ruleName}:choice`,
  buildEarlyExitMessage: ({ ruleName }) => `${ruleName}:more`,
};
