/** Describes a key of `sallyport.yaml`, for help texts and docs/configuration.md. */

export interface ConfigKey {
  /** The value as written in the file. */
  readonly example: string;
  readonly says: string;
}

export const key = (example: string, says: string): ConfigKey => ({ example, says });

export const SECRET = '{env: ORDERS_PASSWORD}';

export function sessionKeys(place: string, whose: string): Readonly<Record<string, ConfigKey>> {
  return {
    [place]: key('{expiry: finish_transaction}', `What the expiry of a token means for ${whose}.`),
    [`${place}.expiry`]: key('finish_transaction', '`end`, `finish_transaction` or `login`.'),
    [`${place}.max_seconds`]: key('3600', 'How long a session may last after login.'),
    [`${place}.grace_seconds`]: key('900', 'How long an open transaction may continue after that.'),
    [`${place}.notice_seconds`]: key('60', 'How long before the end the client gets a NOTICE; 0 for none.'),
  };
}
