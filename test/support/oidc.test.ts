import { expect, test } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { bootOidc } from './oidc.js';

test('issues tokens with claims of the named client, before and after a rotation of its key', async () => {
  const provider = await bootOidc({
    clients: { 'ci-test': { repository: 'shop/orders', groups: ['a', 'b'] } },
  });
  try {
    for (const rotation of [false, true]) {
      if (rotation) await provider.rotate();
      const keys = createRemoteJWKSet(new URL(`${provider.issuer}/jwks`));
      for (const token of [await provider.tokenFor('ci-test'), await provider.sign()]) {
        const { payload } = await jwtVerify(token, keys, { issuer: provider.issuer, audience: 'sallyport' });
        expect(payload.sub).toBe('ci-test');
      }
      const { payload } = await jwtVerify(await provider.tokenFor('ci-test'), keys);
      expect(payload).toMatchObject({ repository: 'shop/orders', groups: ['a', 'b'] });
    }
    expect(provider.keyRequests()).toBe(2);
  } finally {
    await provider.stop();
  }
});
