/** Headers whose values are no facts. */

/** Said by the connection and not by the request (RFC 9110 section 7.6.1). */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Their values prove who somebody is: facts are recorded, and secrets are not. */
const secrets =
  /authoriz|authenticat|cookie|credential|token|secret|passw|session|assertion|signature|jwt|(api|access)[-_]?key/;

/** Whether rules may not read the values of a header of this name, which is in lower case. */
export function headerIsLeftOut(name: string): boolean {
  return hopByHop.has(name) || secrets.test(name);
}
