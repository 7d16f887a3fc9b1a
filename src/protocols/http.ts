/** HTTP: a request as a test row writes it. */
import { BuiltinError } from '../engine/builtins/define/builtin.js';
import { deriveHttp, readHttpText } from '../facts/http/derive.js';
import { requestFrom } from '../facts/http/message.js';
import { http as schema } from '../facts/schema/http.js';
import { text } from '../values/schema.js';
import { textProtocol } from './text-protocol.js';

export const http = textProtocol({
  name: 'http',
  row: 'http',
  roots: (request) => ({ http: readHttpText(request) }),
  builtin: {
    name: 'facts.http',
    parameters: [
      { name: 'method', type: text },
      { name: 'url', type: text },
    ],
    result: schema.type,
    doc: 'The facts of a request without headers and body, as `http` would hold them; of a URL without a host, the host is unknown.',
    call: ([method, url], context) => {
      if (typeof method !== 'string' || typeof url !== 'string')
        throw new BuiltinError('`facts.http` takes a method and a URL');
      context.spend(100 + Math.ceil(url.length / 10));
      return deriveHttp(requestFrom(method, url)).http;
    },
  },
});
