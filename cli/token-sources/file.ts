/** A token in a file that somebody else renews, as Kubernetes does for its pods. */
import { open } from 'node:fs/promises';
import { UsageError } from '../output/outcome.js';
import { DEFAULT_AUDIENCE, type TokenRequest, type TokenSource } from './source.js';

/**
 * Where docs/ci.md has a pod's token projected. Never the service account's own token beside it: that one is for the API
 * server, and whoever has it could do there what the pod may do.
 */
export const KUBERNETES_FILE = '/var/run/secrets/sallyport/token';

const BYTES_MAX = 64 * 1024;

/** Read again for every token: the file is replaced before the token expires. */
export function fileSource(path: string, help: string | null = null): TokenSource {
  return {
    name: `the file \`${path}\``,
    variables: [],
    read: async () => {
      try {
        return await readBounded(path);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        const why = code === 'ENOENT' ? 'it does not exist' : message;
        throw new UsageError(`the token file \`${path}\` cannot be read: ${why}`, help);
      }
    },
  };
}

export function kubernetesSource({ audience }: TokenRequest, path = KUBERNETES_FILE): TokenSource {
  const wanted = audience ?? DEFAULT_AUDIENCE;
  const help =
    `mount a projected volume with \`serviceAccountToken: {audience: ${wanted}, path: token}\` there, ` +
    'or name the file with `--from file:PATH`';
  return { ...fileSource(path, help), name: 'Kubernetes' };
}

/** At most the size of a token is read: it may be an endless device. */
async function readBounded(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BYTES_MAX + 1), 0, BYTES_MAX + 1, null);
    if (bytesRead > BYTES_MAX) throw new Error('it is too long to be a token');
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
