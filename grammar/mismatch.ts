/**
 * Chevrotain asks for the text of an error; its own would be a list of tokens. What it gets is a key, `rule:expected`,
 * which messages.ts turns into a sentence with the token that was found.
 */
import type { IParserErrorMessageProvider } from 'chevrotain';

export const mismatchKeys: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, ruleName }) => `${ruleName}:${expected.name}`,
  buildNotAllInputParsedMessage: ({ ruleName }) => `${ruleName}:end`,
  buildNoViableAltMessage: ({ ruleName }) => `${ruleName}:choice`,
  buildEarlyExitMessage: ({ ruleName }) => `${ruleName}:more`,
};
