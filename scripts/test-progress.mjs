import { relative } from 'node:path';
import process from 'node:process';
import { root } from './root.mjs';

const EVERY_MS = 10_000;

/** Where no terminal shows jest's own running count: a line with it, from the start and every ten seconds. */
export default class TestProgress {
  #started = Date.now();
  #files = 0;
  #done = 0;
  #failed = 0;
  #running = new Set();
  #timer;

  onRunStart({ numTotalTestSuites }) {
    if (process.stderr.isTTY) return;
    this.#files = numTotalTestSuites;
    this.#say();
    this.#timer = setInterval(() => this.#say(), EVERY_MS);
    this.#timer.unref();
  }

  onTestFileStart({ path }) {
    this.#running.add(relative(root, path));
  }

  onTestFileResult({ path }, { numFailingTests, testExecError }) {
    this.#running.delete(relative(root, path));
    this.#done++;
    if (numFailingTests > 0 || testExecError) this.#failed++;
  }

  onRunComplete() {
    clearInterval(this.#timer);
  }

  #say() {
    const seconds = Math.round((Date.now() - this.#started) / 1000);
    const failed = this.#failed === 0 ? '' : `, ${this.#failed} failed`;
    const running = this.#running.size === 0 ? '' : `; now ${[...this.#running].join(', ')}`;
    process.stderr.write(`${this.#done} of ${this.#files} files (${seconds} s)${failed}${running}\n`);
  }
}
