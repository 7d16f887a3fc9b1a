/** The part of a logger that the gateway uses; pino's shape. Tokens and credentials are never handed to it. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
