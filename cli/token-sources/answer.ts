/** The answer to a request for a token. */

const ANSWER_BYTES_MAX = 256 * 1024;

/** Throws if the answer is too long. */
export async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array);
    length += (chunk as Uint8Array).length;
    if (length > ANSWER_BYTES_MAX) throw new Error('the answer is too long');
  }
  return Buffer.concat(chunks).toString('utf8');
}
