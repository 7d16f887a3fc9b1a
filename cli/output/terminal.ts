/** Output of `policy`: data to stdout, messages to stderr, each with colours only on a terminal. */
import pc from 'picocolors';

export type Paint = ReturnType<typeof pc.createColors>;

/** https://no-color.org: any value that is not empty turns colours off. */
function wantsColours(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0') return true;
  return stream.isTTY && TERM !== 'dumb';
}

/** Colours for what goes to stdout. */
export const paint: Paint = pc.createColors(wantsColours(process.stdout));
/** Colours for what goes to stderr. */
export const paintTalk: Paint = pc.createColors(wantsColours(process.stderr));

/** A piece of the result, with a line break after it. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Something for the person at the terminal. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** `1 command`, `3 commands`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** A reader that went away (`policy … | head`) ends the program without a complaint. */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit();
      throw error;
    });
  }
}
