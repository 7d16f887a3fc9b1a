/** Echo targets: an address each, and no credential. */
import type { NotFound, Place, TargetKind, TargetSettings } from '../../../src/targets/target-kind.js';

export interface EchoSettings extends TargetSettings {
  readonly port: number;
}

export interface EchoAccess {
  readonly port: number;
}

export class EchoTargets implements TargetKind<EchoAccess> {
  readonly type = 'echo';
  /** What other processes have told. */
  readonly news: unknown[] = [];
  open = 0;
  #targets: ReadonlyMap<string, TargetSettings>;

  constructor(targets: ReadonlyMap<string, TargetSettings>) {
    this.#targets = targets;
  }

  find(requested: string): Place<EchoAccess> | NotFound {
    const target = this.#targets.get(requested) as EchoSettings | undefined;
    if (target === undefined)
      return { kind: 'not-found', why: 'unknown-database', message: `no echo ${requested}`, hint: null };
    return {
      kind: 'found',
      target,
      database: '',
      open: () => Promise.resolve({ port: target.port }),
      entered: () => {
        this.open++;
      },
      left: () => {
        this.open--;
      },
    };
  }

  replace(targets: ReadonlyMap<string, TargetSettings>): void {
    this.#targets = targets;
  }

  told(news: unknown): void {
    this.news.push(news);
  }
}
