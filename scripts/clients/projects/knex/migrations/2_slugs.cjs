/** What was read of a row is written back. */
exports.up = async (knex) => {
  await knex.schema.alterTable('accounts', (table) => table.text('slug'));
  for (const account of await knex('accounts').select()) {
    const slug = `${account.name.toLowerCase()}-${account.id}`;
    await knex('accounts').where({ id: account.id }).update({ name: account.name, email: account.email, slug });
  }
  await knex.schema.alterTable('accounts', (table) => {
    table.text('slug').notNullable().alter();
    table.unique(['slug']);
  });
};

exports.down = (knex) => knex.schema.alterTable('accounts', (table) => table.dropColumn('slug'));
