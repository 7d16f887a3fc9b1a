/** Bodies that are streams of files: they are not read, and do not stand in the way of what is said beside them. */
import { describe, expect, test } from '@jest/globals';
import { isArray, toJson } from '../../../src/values/value.js';
import { deriveDockerRequest } from '../../../src/facts/docker/derive.js';

/** The beginning of an archive, which is no text. */
const archive = Buffer.from([0x7b, 0xff, 0x00, 0x1f]);

function factsOf(method: string, target: string, type: string): Record<string, unknown> {
  const headers = [['Content-Type', type]] as const;
  const { docker } = deriveDockerRequest({
    method,
    target,
    scheme: 'http',
    headers,
    body: archive,
    whole: false,
  });
  const requests = docker['requests']!;
  if (!isArray(requests)) throw new Error('the request is not read');
  return toJson(requests[0]!) as Record<string, unknown>;
}

describe('what is sent as a stream', () => {
  test('into a container, which the client calls text', () => {
    const facts = factsOf('PUT', '/v1.50/containers/web/archive?path=/usr/bin', 'text/plain');
    expect(facts).toMatchObject({ verb: 'copy_in', names: ['web'], path: '/usr/bin' });
  });

  test('to build an image', () => {
    const facts = factsOf('POST', '/build?t=acme/web&networkmode=host', 'application/x-tar');
    expect(facts).toMatchObject({ verb: 'run', names: ['acme/web'], namespaces: { network: 'host' } });
  });

  test('as an image', () => {
    expect(factsOf('POST', '/images/load', 'application/x-tar')).toMatchObject({
      object: 'image',
      verb: 'load',
    });
  });

  test('as a form, which the engine reads before the query, leaves nothing known of it', () => {
    const facts = factsOf('POST', '/images/create?fromImage=alpine', 'application/x-www-form-urlencoded');
    expect(facts).toMatchObject({ image: { $unknown: 'the parameters are not known' } });
  });
});
