/** What is run both ways: a migration tool over a project of ours, or a driver's own tests. */
import type { PostgresServer } from '../../test/support/postgres.js';
import type { Outcome } from '../pgsuites/outcome.js';
import type { Cache } from './cache.js';
import type { DumpOf } from './dump.js';
import type { Place } from './place.js';
import type { RuleSetName } from './rule-sets.js';

export interface Tool {
  readonly name: string;
  readonly about: string;
  /** The replacement if no registry has the tool itself: named with every outcome. */
  readonly instead?: string;
  /** Databases beside `app`, which every tool has. */
  readonly databases?: readonly string[];
  /** Databases that it creates and then uses. */
  readonly created?: readonly string[];
  /** The rule sets it runs with by default. */
  readonly rules: readonly RuleSetName[];
  /** Runs by default; the others take minutes to install. */
  readonly usual: boolean;
  /** What its tests need on the server. */
  readonly arrange?: (server: PostgresServer) => Promise<void>;
  /** Installs what is missing. */
  readonly prepare: (kit: Kit) => Promise<ToolRun>;
}

/** `folder` is the run's own. */
export type ToolRun = (place: Place, folder: string) => Promise<Report>;

export interface Kit {
  readonly root: string;
  readonly cache: Cache;
  readonly dumpOf: DumpOf;
}

export interface Report {
  readonly outcome: Outcome;
  /** The schema and the rows after each step, by the step. */
  readonly states?: ReadonlyMap<string, string>;
  /** What was printed by what failed. */
  readonly printed?: ReadonlyMap<string, string>;
}
