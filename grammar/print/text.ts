/** Quotes and escapes strings. */

const named: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** Quotes, backslashes and the invisible characters that the parser refuses (see lexical.ts). */
const escaped =
  /["\\\0-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function escape(character: string): string {
  return named[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

export function quote(value: string): string {
  return `"${value.replace(escaped, escape)}"`;
}

export function quoteRaw(value: string): string {
  return `\`${value}\``;
}

export function templateText(value: string, raw: boolean): string {
  const text = raw ? value : value.replace(escaped, escape);
  return text.replaceAll('{', '\\{');
}
