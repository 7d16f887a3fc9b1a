/**
 * YAML as a value, where every reader agrees on it. Kubernetes reads 1.1 in a manner of its own (sigs.k8s.io/yaml), other
 * tools read 1.2: whatever they may take in different ways (`yes`, `010`, `<<`, dates, tags, odd keys) is unknown.
 */
import { isCollection, isScalar, parseDocument, visit, type Document, type Scalar } from 'yaml';
import { equals, fromJson, Unknown, type Maybe, type Value } from '../../values/value.js';
import { findTooDeep } from '../../values/nesting.js';

const depthMax = 100;

/** `text` is one document. Its size is for the caller to bound. */
export function readYamlText(text: string): Value {
  if (findTooDeep(text, depthMax) !== null) return new Unknown('the YAML is nested too deep');
  if (isOdd(text)) return new Unknown('the YAML is written in a way that readers differ on');
  const old = parseYaml(text, '1.1');
  const current = parseYaml(text, '1.2');
  if (old === undefined || current === undefined) return new Unknown('the YAML cannot be read');
  return equals(old, current) ? current : new Unknown('the YAML means different things in its versions');
}

/**
 * Directives, breaks and spaces beyond ASCII, and a block scalar that the end of the text cuts off: whether its last line has
 * an end is not agreed on.
 */
function isOdd(text: string): boolean {
  const cut = !text.endsWith('\n') && /[|>][-+0-9]*[ \t]*(#.*)?$/m.test(text);
  return cut || /^%|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u00a0\u2028\u2029\ufeff]/m.test(text);
}

function parseYaml(text: string, version: '1.1' | '1.2'): Maybe {
  const document = parseDocument(text, { version, uniqueKeys: true, prettyErrors: false, stringKeys: true });
  if (document.errors.length > 0 || document.warnings.length > 0 || !isPlain(document)) return undefined;
  try {
    return fromJson(document.toJS({ maxAliasCount: 50 }));
  } catch {
    // Aliases that multiply, and values that JSON does not know.
    return undefined;
  }
}

/** No tags, no number that is not written as in JSON, no key that may be anything but a text. */
function isPlain(document: Document): boolean {
  let odd = 0;
  visit(document, {
    Node(_, node) {
      if ((isScalar(node) || isCollection(node)) && node.tag !== undefined) odd++;
      if (isScalar(node) && typeof node.value === 'number' && !isPlainNumber(node)) odd++;
      if (isScalar(node) && typeof node.value === 'string' && isNumberOfSome(node)) odd++;
    },
    Pair(_, { key }) {
      if (!isScalar(key) || typeof key.value !== 'string') odd++;
      else if (key.type === 'PLAIN' && !isPlainKey(key.value)) odd++;
    },
  });
  return odd === 0;
}

function isPlainNumber({ source, value }: Scalar): boolean {
  return Number.isFinite(value) && /^-?(0|[1-9]\d*)(\.\d+)?$/.test(source ?? '');
}

/** `0o71_0` is a number to some readers alone. */
function isNumberOfSome({ type, source = '' }: Scalar): boolean {
  return type === 'PLAIN' && (/^[-+]?0[a-z]/i.test(source) || /^[-+]?[\d.]+_/.test(source));
}

/** Words without quotes that are texts in every version. */
function isPlainKey(key: string): boolean {
  return /^[A-Za-z_$/][\w$./ -]*$/.test(key) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(key);
}
