/** One thing that the engine is asked for, from a request of its API or a command line. */
import type { Value, ValueObject } from '../../values/value.js';
import type { dockerObjects, dockerVerbs } from '../schema/docker.js';
import type { Detail } from './detail.js';

export interface EngineCall {
  readonly object: (typeof dockerObjects)[number];
  readonly verb: (typeof dockerVerbs)[number];
  readonly names: readonly Value[];
  readonly detail: Detail;
}

export interface DockerAnalysis {
  /** The `docker` root of the facts. Its shape is `src/facts/schema/docker.ts`. */
  readonly docker: ValueObject;
  /** Why nothing could be established; then every fact is unknown. */
  readonly error: string | null;
}

/** Thrown while a request or command line is read, and caught in derive.ts. */
export class UnreadableCommand extends Error {}
