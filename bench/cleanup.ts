/** What was started, taken down again in reverse order, whatever happens in between. */
export interface Cleanup {
  add(step: () => Promise<void> | void): void;
  run(): Promise<void>;
}

export function createCleanup(): Cleanup {
  const steps: (() => Promise<void> | void)[] = [];
  return {
    add: (step) => void steps.push(step),
    run: async () => {
      for (const step of steps.reverse().splice(0)) await step();
    },
  };
}
