/** Bodies of API requests as values, or why nothing is known of them. */
import { parseDocument } from 'yaml';
import { JsonError, parseJson } from '../../engine/json-text.js';
import { equals, fromJson, Unknown, type Maybe, type Value } from '../../engine/value.js';

/** What the API server accepts at most (`MaxRequestBodyBytes`). */
const bytesMax = 3 * 1024 * 1024;
/** YAML takes some 50 times as long to read as JSON, and is read twice. */
const yamlBytesMax = 256 * 1024;
const yamlDepthMax = 100;

/** Undefined where there is no body. `bytes` is null where it was cut off. */
export function readBody(bytes: Uint8Array | null, format: 'json' | 'yaml'): Value | undefined {
  if (bytes === null) return new Unknown('the body is not all there');
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

/** YAML whose meaning depends on the version (`yes`, `010`, `<<`, dates) is not known: Kubernetes reads 1.1, tools read 1.2. */
export function readYamlText(text: string): Value {
  if (isDeep(text)) return new Unknown('the YAML is nested too deep');
  const old = parseYaml(text, '1.1');
  const current = parseYaml(text, '1.2');
  if (old === undefined || current === undefined) return new Unknown('the YAML cannot be read');
  return equals(old, current) ? current : new Unknown('the YAML means different things in its versions');
}

function parseYaml(text: string, version: '1.1' | '1.2'): Maybe {
  const document = parseDocument(text, { version, uniqueKeys: true, prettyErrors: false, stringKeys: true });
  if (document.errors.length > 0 || document.warnings.length > 0) return undefined;
  try {
    return fromJson(document.toJS({ maxAliasCount: 50 }));
  } catch {
    // Aliases that multiply, and values that JSON does not know.
    return undefined;
  }
}

/** The YAML parser recurses without a limit of its own. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth = Math.max(0, depth - 1);
    if (depth > yamlDepthMax) return true;
  }
  // In block style each level takes at least one more column of indentation or a further `- `.
  return new RegExp(`^(?:[ \\t]|[-?:][ \\t]){${yamlDepthMax * 2},}`, 'm').test(text);
}
