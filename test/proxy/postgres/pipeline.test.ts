/** What the target still has to answer: a client may ask for any number of things before it reads an answer. */
import { describe, expect, jest, test } from '@jest/globals';
import { Pipeline, type Request } from '../../../proxy/postgres/state/pipeline.js';

const execute = (): Request => ({ kind: 'execute', own: false, run: null, portal: null });
const sync = (doubtful: boolean): Request => ({ kind: 'sync', own: false, doubtful });

describe('a pipeline of the client', () => {
  test('costs the same for each command, however many wait', () => {
    const pipeline = new Pipeline();
    const walked = jest.spyOn(pipeline, 'pending');
    for (let i = 0; i < 50_000; i++) pipeline.push(execute());
    pipeline.push(sync(false));
    for (let i = 0; i < 50_000; i++) {
      pipeline.shift();
      pipeline.forgetDoubtful();
    }
    expect(walked).not.toHaveBeenCalled();
    expect(pipeline.head?.kind).toBe('sync');
    expect(pipeline.waiting).toBe(true);
    pipeline.shift();
    expect([pipeline.quiet, pipeline.waiting]).toEqual([true, false]);
  });

  test('keeps its order where it is never empty', () => {
    const pipeline = new Pipeline();
    const sent: Request[] = [];
    let answered = 0;
    for (let i = 0; i < 10_000; i++) {
      sent.push(execute());
      pipeline.push(sent.at(-1)!);
      if (i % 3 === 0) continue;
      expect(pipeline.head).toBe(sent[answered++]);
      pipeline.shift();
    }
    expect(pipeline.pending()).toEqual(sent.slice(answered));
    expect(pipeline.last).toBe(sent.at(-1));
  });
});

describe('a Sync that COPY may have swallowed', () => {
  const ofCopy = (): Pipeline => {
    const pipeline = new Pipeline();
    for (const request of [execute(), sync(false), sync(true)]) pipeline.push(request);
    return pipeline;
  };

  test('is nothing to wait for', () => {
    const pipeline = ofCopy();
    pipeline.doubt();
    expect(pipeline.waiting).toBe(false);
  });

  test('is forgotten at the end of the COPY', () => {
    const pipeline = ofCopy();
    pipeline.doubt();
    pipeline.shift();
    pipeline.forgetDoubtful();
    expect(pipeline.quiet).toBe(true);
    pipeline.push(sync(true));
    pipeline.forgetDoubtful();
    expect(pipeline.quiet).toBe(true);
  });

  test('is answered where another takes its place', () => {
    const pipeline = ofCopy();
    expect(pipeline.settleDoubt()).toBe(true);
    pipeline.forgetDoubtful();
    expect(pipeline.pending().map(({ kind }) => kind)).toEqual(['execute', 'sync', 'sync']);
    expect(pipeline.waiting).toBe(true);
    pipeline.doubt();
    pipeline.shift();
    pipeline.shift();
    pipeline.forgetDoubtful();
    expect(pipeline.quiet).toBe(true);
    expect(pipeline.waiting).toBe(false);
  });
});
