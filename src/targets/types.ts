/** The types of target that `sallyport.yaml` may name: the one list. */
import { postgresType } from './postgres/settings.js';
import type { TargetType } from './target-type.js';

export const targetTypes: readonly TargetType[] = [postgresType];
