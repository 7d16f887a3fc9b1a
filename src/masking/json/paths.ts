/** `field "user.*.email"`: which values of a JSON text a selector means. */
import type { MaskMethod } from '../../engine/decision.js';
import { strictest } from '../strictness.js';

export interface JsonMask {
  readonly path: readonly string[];
  readonly method: MaskMethod;
}

/** Members by name, `*` for any member or element. Null if the text is no path. */
export function parsePath(text: string): readonly string[] | null {
  const parts = text.split('.');
  return parts.includes('') ? null : parts;
}

/** Masks that may still mean something below one container, each with how much of its path has been walked. */
export type Walk = readonly { readonly mask: JsonMask; readonly walked: number }[];

export function walkOf(masks: readonly JsonMask[]): Walk {
  return masks.map((mask) => ({ mask, walked: 0 }));
}

/** What becomes of one member or element: a method if a path ends there, and where the others go on. */
export function stepInto(
  walk: Walk,
  name: string | null,
): { readonly method: MaskMethod | null; readonly below: Walk } {
  if (walk.length === 0) return { method: null, below: walk };
  const methods: MaskMethod[] = [];
  const below: { mask: JsonMask; walked: number }[] = [];
  for (const { mask, walked } of walk) {
    const part = mask.path[walked]!;
    if (part !== '*' && part !== name) continue;
    if (walked + 1 === mask.path.length) methods.push(mask.method);
    else below.push({ mask, walked: walked + 1 });
  }
  return { method: strictest(methods), below };
}
