/** `fetch` that trusts the given certificate authorities. Node's own needs a further package for that. */
import { request } from 'node:https';
import { Readable } from 'node:stream';

/** HTTPS only, without redirects and request bodies: enough for discovery and key sets. */
export function fetchTrusting(ca: string): typeof fetch {
  return (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = Object.fromEntries(new Headers(init?.headers));
    const signal = init?.signal ?? undefined;
    return new Promise((done, fail) => {
      const asked = request(url, { ca, headers, signal, method: 'GET', agent: false }, (answer) => {
        const { statusCode = 0 } = answer;
        // RFC 9110 section 15: these have no body, and Response refuses one.
        const bare = [204, 205, 304].includes(statusCode);
        if (statusCode < 200 || statusCode >= 600 || (statusCode >= 300 && statusCode < 400)) {
          answer.destroy();
          fail(new TypeError(`HTTP status ${statusCode}`));
          return;
        }
        const body = bare ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
        done(new Response(body, { status: statusCode, headers: headersOf(answer.headersDistinct) }));
      });
      asked.once('error', fail);
      asked.end();
    });
  };
}

function headersOf(distinct: NodeJS.Dict<string[]>): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(distinct))
    for (const value of values ?? []) headers.append(name, value);
  return headers;
}
