/**
 * Cursors in a body of PL/pgSQL. A cursor has its name in the session, not in the body: `FETCH c` reads from whatever is open under
 * the name in `c`. Only of a variable that nothing is assigned to, and that the body opens itself, is it known what that is.
 */

type Fields = Readonly<Record<string, unknown>>;

export interface CursorUse {
  /** It opens or closes some: what the session had open under their names may be another one now. */
  readonly uses: boolean;
  /** Why it may read from a cursor that it has not opened itself; null if it does not. */
  readonly opaque: string | null;
}

const statements: ReadonlySet<string> = new Set(['open', 'fetch', 'close', 'forc'].map((kind) => `PLpgSQL_stmt_${kind}`)); // prettier-ignore
const REASON = 'it uses a cursor by a name that it is given';

/** `tree` is what the parser makes of one function. */
export function cursorUse(tree: unknown): CursorUse {
  const [body] = membersOf(tree, 'PLpgSQL_function');
  if (body === undefined) return { uses: false, opaque: null };
  const datums = (body['datums'] ?? []) as readonly Fields[];
  const assigned = assignedIn(tree);
  // Arguments, and what a trigger is given, stand before FOUND.
  const given = datums.findIndex((datum) => (datum['PLpgSQL_var'] as Fields | undefined)?.['refname'] === 'found'); // prettier-ignore
  const isOwn = (number: number): boolean => {
    const variable = datums[number]?.['PLpgSQL_var'] as Fields | undefined;
    const named = variable === undefined || variable['default_val'] !== undefined;
    return number > given && !named && !assigned.has(number);
  };
  const isBound = (number: number): boolean =>
    (datums[number]?.['PLpgSQL_var'] as Fields | undefined)?.['cursor_explicit_expr'] !== undefined;
  let uses = false;
  let opaque: string | null = null;
  /** `opened` are those that are open wherever this part of the body runs. */
  const walk = (value: unknown, opened: Set<number>): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      const here = new Set(opened);
      for (const member of value as unknown[]) walk(member, here);
      return;
    }
    for (const [kind, member] of Object.entries(value)) {
      if (statements.has(kind)) {
        const number = Number((member as Fields)['curvar'] ?? 0);
        uses = true;
        if (!isOwn(number)) opaque = REASON;
        else if (kind === 'PLpgSQL_stmt_open') opened.add(number);
        else if (kind === 'PLpgSQL_stmt_fetch' && isBound(number) && !opened.has(number)) opaque = REASON;
      }
      walk(member, opened);
    }
  };
  walk(body['action'], new Set());
  return { uses, opaque };
}

/** Every object under this key, wherever it stands. */
function membersOf(tree: unknown, key: string): Fields[] {
  const found: Fields[] = [];
  const waiting: unknown[] = [tree];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null) continue;
    for (const [kind, member] of Object.entries(value)) {
      if (kind === key) found.push(member as Fields);
      waiting.push(member);
    }
  }
  return found;
}

/** Variables that an assignment, INTO, FOR or GET DIAGNOSTICS sets. */
function assignedIn(tree: unknown): ReadonlySet<number> {
  const numbers = membersOf(tree, 'PLpgSQL_stmt_assign').map(({ varno }) => Number(varno ?? 0));
  const fields = membersOf(tree, 'PLpgSQL_row').flatMap((row) => (row['fields'] ?? []) as readonly Fields[]);
  const items = membersOf(tree, 'PLpgSQL_diag_item').map(({ target }) => Number(target ?? 0));
  const loops = membersOf(tree, 'PLpgSQL_stmt_foreach_a').map(({ varno }) => Number(varno ?? 0));
  return new Set([...numbers, ...items, ...loops, ...fields.map(({ varno }) => Number(varno ?? 0))]);
}
