/** Name lookup among the columns and items of FROM: by an index if there are many of them. */
import type { Lineage, NamedLineage } from './lineage.js';
import type { Namespace, RangeItem, Scope, Slot } from './scope.js';
import { spend } from './scope.js';

type OpenSlot = Slot & { readonly kind: 'open' };

interface Index {
  readonly listed: Map<string, Lineage[]>;
  readonly open: OpenSlot[];
  readonly items: Map<string, RangeItem[]>;
  /** How many of the namespace's slots and items it has: FROM grows item by item. */
  slotsRead: number;
  itemsRead: number;
}

/** With fewer names than this a look at each costs less than an index. */
const FEW = 16;
/** To copy a member of a list is much less than a step. */
const COPIED_A_STEP = 8;
const none: readonly never[] = [];

const indexes = new WeakMap<Namespace, Index>();

/** The cost depends on the new items only. */
function indexOf(scope: Scope, namespace: Namespace): Index {
  const { slots, items } = namespace;
  let index = indexes.get(namespace);
  if (index === undefined) {
    index = { listed: new Map(), open: [], items: new Map(), slotsRead: 0, itemsRead: 0 };
    indexes.set(namespace, index);
  }
  spend(scope.derivation, slots.length - index.slotsRead + items.length - index.itemsRead);
  for (; index.slotsRead < slots.length; index.slotsRead++) {
    const slot = slots[index.slotsRead]!;
    if (slot.kind === 'open') index.open.push(slot);
    else put(index.listed, slot.name, slot.lineage);
  }
  for (; index.itemsRead < items.length; index.itemsRead++) {
    const item = items[index.itemsRead]!;
    put(index.items, item.alias, item);
  }
  return index;
}

function put<T>(into: Map<string, T[]>, key: string, value: T): void {
  const before = into.get(key);
  if (before === undefined) into.set(key, [value]);
  else before.push(value);
}

/** The columns of that name that are listed. */
export function listedColumns(scope: Scope, namespace: Namespace, name: string): readonly Lineage[] {
  const { slots } = namespace;
  spend(scope.derivation);
  if (slots.length > FEW) return indexOf(scope, namespace).listed.get(name) ?? none;
  return slots.flatMap((slot) => (slot.kind === 'column' && slot.name === name ? [slot.lineage] : []));
}

const columns = new WeakMap<readonly NamedLineage[], ReadonlyMap<string, readonly Lineage[]>>();

/** The columns of one item that have that name. */
export function columnsCalled(
  { columns: listed }: Pick<RangeItem, 'columns'>,
  name: string,
): readonly Lineage[] {
  if (listed === null) return none;
  if (listed.length <= FEW) return listed.flatMap((one) => (one.name === name ? [one.lineage] : []));
  let index = columns.get(listed);
  if (index === undefined) {
    const made = new Map<string, Lineage[]>();
    for (const column of listed) put(made, column.name, column.lineage);
    columns.set(listed, (index = made));
  }
  return index.get(name) ?? none;
}

/** The items of which the columns are not listed. */
export function openSlots(scope: Scope, namespace: Namespace): readonly OpenSlot[] {
  const { slots } = namespace;
  spend(scope.derivation);
  if (slots.length > FEW) {
    const { open } = indexOf(scope, namespace);
    // Each is a candidate for whatever name.
    spend(scope.derivation, open.length);
    return open;
  }
  return slots.filter((slot) => slot.kind === 'open');
}

/** The items with that alias, in order. */
export function itemsCalled(scope: Scope, namespace: Namespace, alias: string): readonly RangeItem[] {
  const { items } = namespace;
  spend(scope.derivation);
  if (items.length > FEW) return indexOf(scope, namespace).items.get(alias) ?? none;
  return items.filter((item) => item.alias === alias);
}

/** Both side by side. */
export function beside(scope: Scope, left: Namespace, right: Namespace): Namespace {
  if (left.items.length + left.slots.length === 0) return right;
  const items = [...left.items, ...right.items];
  const slots = [...left.slots, ...right.slots];
  spend(scope.derivation, (items.length + slots.length) / COPIED_A_STEP);
  return { items, slots };
}
