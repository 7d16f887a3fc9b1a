/** What the names in a rule file stand for. */
import type { Span } from '../../../grammar/source.js';
import type { Builtin } from '../../../src/engine/builtins/define/builtin.js';
import type { Field, Type } from '../../../src/values/schema.js';
import { never } from '../../../src/errors.js';

export type Entity =
  /** The path below `data`: package and name. */
  | { readonly kind: 'rule'; readonly path: readonly string[] }
  | { readonly kind: 'package'; readonly path: readonly string[] }
  | { readonly kind: 'data'; readonly path: readonly string[] }
  /** A name that an import of this file introduces; `path` includes its root. */
  | {
      readonly kind: 'import';
      readonly name: string;
      readonly path: readonly string[];
      readonly aliased: boolean;
    }
  /** `at` is its binding position, in its own file. */
  | { readonly kind: 'local'; readonly name: string; readonly at: number }
  /** `sql.statements[].verb`. */
  | { readonly kind: 'fact'; readonly path: string; readonly field: Field }
  | { readonly kind: 'builtin'; readonly builtin: Builtin }
  | { readonly kind: 'detector'; readonly name: string }
  | { readonly kind: 'method'; readonly name: string };

export interface Occurrence {
  readonly span: Span;
  readonly entity: Entity;
  /** This occurrence defines the name. */
  readonly declares: boolean;
  /** The type of the value, as far as it is known. */
  readonly type: Type | null;
}

/** Equal for occurrences of one entity; `file` is the file that contains the name. */
export function identityOf(entity: Entity, file: string): string {
  switch (entity.kind) {
    case 'rule':
    case 'package':
    case 'data':
      return `${entity.kind} ${entity.path.join('\0')}`;
    case 'import':
      return `import ${file} ${entity.name}`;
    case 'local':
      return `local ${file} ${entity.at}`;
    case 'fact':
      return `fact ${entity.path}`;
    case 'builtin':
      return `builtin ${entity.builtin.name}`;
    case 'detector':
    case 'method':
      return `${entity.kind} ${entity.name}`;
    default:
      return never(entity);
  }
}
