/** What a PostgreSQL target contains, as a file for tests, `policy explain` and replay. */
import type { Catalogue, Relation } from '../../src/facts/sql/catalogue/catalogue.js';
import { createTarget } from '../../src/targets/postgres/login.js';
import { readCatalogue } from '../../src/targets/postgres/read-catalogue.js';
import type { PostgresSettings } from '../../src/targets/postgres/settings.js';
import type { TargetSettings } from '../../src/targets/target-kind.js';
import type { PulledCatalogue } from '../contract.js';
import { targetStream } from './login/target-stream.js';

export async function pullCatalogue(target: TargetSettings): Promise<PulledCatalogue> {
  const settings = target as PostgresSettings;
  const login = await createTarget(settings, () => new Date()).login(settings.database);
  const catalogue = await readCatalogue(login, targetStream);
  const relations = own(catalogue)
    .toSorted((one, other) => (fullName(one) < fullName(other) ? -1 : 1))
    // Object identifiers are valid on one server only.
    .map((relation) => ({ ...relation, oid: undefined }));
  return {
    file: { ...catalogue, relations },
    counts: { relation: relations.length, function: catalogue.functions.length },
  };
}

/** PostgreSQL's own relations are known without a file. */
function own({ relations }: Catalogue): Catalogue['relations'] {
  return relations.filter(({ schema }) => schema !== 'pg_catalog' && schema !== 'information_schema');
}

function fullName({ schema, name }: Relation): string {
  return `${schema}.${name}`;
}
