import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import process from 'node:process';
import { root } from './root.mjs';

/** Runs a program with our own terminal; resolves with its exit code, 128 + n if signal n ended it. */
export function runInherited(program, args, env = {}) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
    // The terminal sends its signals to the child as well, which then decides; a kill of this process alone is passed on.
    const forward = (signal) => child.kill(signal);
    const ignore = () => undefined;
    process.on('SIGTERM', forward);
    process.on('SIGINT', ignore);
    child.on('error', fail);
    child.on('close', (code, signal) => {
      process.off('SIGTERM', forward);
      process.off('SIGINT', ignore);
      done(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

/** Runs a program quietly; resolves with its exit code and everything it printed, in order. `priority` is a nice value. */
export function runCaptured(program, args, env = {}, priority = 0) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    // Without a pid it could not be started, which the event `error` says.
    if (priority > 0 && child.pid !== undefined) setPriority(child.pid, priority);
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', fail);
    child.on('close', (code) => done({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') }));
  });
}

/** A line that says what is going on: with running seconds on a terminal, once elsewhere. Returns how to end it. */
export function progress(text) {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  if (!process.stderr.isTTY) {
    process.stderr.write(`${text} …\n`);
    return () => undefined;
  }
  const show = () => process.stderr.write(`\r\u001b[2K${text} … ${seconds()}`);
  show();
  const timer = setInterval(show, 250);
  return (outcome) => {
    clearInterval(timer);
    process.stderr.write(`\r\u001b[2K${outcome === undefined ? '' : `${text}: ${outcome} (${seconds()})\n`}`);
  };
}
