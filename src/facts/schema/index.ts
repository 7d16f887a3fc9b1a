/** Every fact there is: `docs/facts.md`, the checker, hover and completion all come from here. */
import type { FactSchema } from '../../values/schema.js';
import { command, identity, now, session, target } from './common.js';
import { detectors } from './detectors.js';
import { docker } from './docker.js';
import { http } from './http.js';
import { kubernetes } from './kubernetes.js';
import { shell } from './shell.js';
import { sql } from './sql.js';
import { ssh } from './ssh.js';

export const factSchema: FactSchema = {
  roots: { identity, target, session, command, sql, kubernetes, http, docker, shell, ssh, now },
  detectors,
};
