/** Bodies of API requests as values, or why nothing is known of them. */
import { JsonError, parseJson } from '../../values/json-text.js';
import { Unknown, type Value } from '../../values/value.js';
import { readYamlText } from './yaml.js';

/** What the API server accepts at most (`MaxRequestBodyBytes`). */
const bytesMax = 3 * 1024 * 1024;
/** YAML takes some 50 times as long to read as JSON, and is read twice. */
const yamlBytesMax = 256 * 1024;

/** Undefined if there is no body. `whole` is false if there is more of it than `bytes`. */
export function readBody(bytes: Uint8Array, whole: boolean, format: 'json' | 'yaml'): Value | undefined {
  if (!whole) return new Unknown('the body is not all there');
  if (bytes.length === 0) return undefined;
  if (bytes.length > (format === 'json' ? bytesMax : yamlBytesMax))
    return new Unknown('the body is too large');
  const text = decode(bytes);
  if (text === null) return new Unknown('the body is not UTF-8');
  return format === 'json' ? readJsonText(text) : readYamlText(text);
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** A key that stands twice is refused: the server takes the last one and others the first. */
export function readJsonText(text: string): Value {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) return new Unknown('the body is not one JSON value with distinct keys');
    throw error;
  }
}
