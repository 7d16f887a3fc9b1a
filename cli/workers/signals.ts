/** Signal handling of the main process. */
import process from 'node:process';

export interface SignalHandlers {
  /** SIGHUP, each time. */
  readonly reload: () => void;
  /** The first SIGINT or SIGTERM, and the second. A third ends the process by default. */
  readonly stop: (signal: NodeJS.Signals) => void;
  readonly hurry: (signal: NodeJS.Signals) => void;
}

/**
 * To be called before anything else is begun. Without a listener SIGUSR1 has Node open its inspector, which lets anybody on this
 * machine run code in the process, and SIGUSR2 and SIGHUP end it.
 */
export function ignoreSignals(): void {
  for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGHUP'] as const) process.on(signal, () => undefined);
}

export function handleSignals({ reload, stop, hurry }: SignalHandlers): void {
  process.on('SIGHUP', reload);
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const first = (signal: NodeJS.Signals): void => {
    for (const one of signals) process.off(one, first).on(one, second);
    stop(signal);
  };
  const second = (signal: NodeJS.Signals): void => {
    for (const one of signals) process.off(one, second);
    hurry(signal);
  };
  for (const one of signals) process.on(one, first);
}
