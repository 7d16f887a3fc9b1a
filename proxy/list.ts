/** Every type of target that the gateway serves. */
import type { ServedType } from './contract.js';
import { servedPostgres } from './postgres/served.js';

export const servedTypes: readonly ServedType[] = [servedPostgres];
