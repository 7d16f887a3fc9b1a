/** A server program that runs beside a test or a benchmark. */
import { spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const TRIES = 600;
const PAUSE_MS = 50;
const OUTPUT_LENGTH_MAX = 4096;
/** How long it has to end by itself. */
const END_MS = 5000;

/** Starts it, and waits until its port answers. Throws with the last that it said where it ends before, or never does. */
export async function startProcess(
  program: string,
  args: readonly string[],
  port: number,
): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (text: string): void => {
    output = (output + text).slice(-OUTPUT_LENGTH_MAX);
  };
  child.stdout.on('data', (chunk: Buffer) => keep(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => keep(chunk.toString()));
  child.on('error', (error) => keep(error.message));
  for (let tries = 0; tries < TRIES && !hasEnded(child); tries++) {
    if (await answers(port)) return child;
    await sleep(PAUSE_MS);
  }
  await endProcess(child);
  throw new Error(`\`${program} ${args.join(' ')}\` does not answer:\n${output}`);
}

export async function endProcess(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await ended;
  clearTimeout(late);
}

/** Also where it never began. */
function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });
}
