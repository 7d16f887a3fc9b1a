exports.up = async (knex) => {
  await knex.schema.createTable('contacts', (table) => {
    table.bigIncrements('id');
    table.bigInteger('account_id').notNullable().references('accounts.id').onDelete('CASCADE');
    table.text('email').notNullable();
    table.enu('kind', ['home', 'work'], { useNative: true, enumName: 'contact_kind' }).defaultTo('work');
    table.jsonb('seen').defaultTo('{}');
  });
  await knex(knex.raw('contacts (account_id, email)')).insert(knex('accounts').select('id', 'email'));
  await knex.schema.alterTable('accounts', (table) => table.dropColumn('email'));
  const moved = await knex('contacts').forUpdate().returning('id').update({ seen: { in: 'shop' } });
  if (moved.length !== 2) throw new Error(`${moved.length} rows were moved`);
};

exports.down = async (knex) => {
  await knex.schema.alterTable('accounts', (table) => table.text('email'));
  await knex.raw('UPDATE accounts SET email = c.email FROM contacts c WHERE c.account_id = accounts.id');
  await knex.schema.dropTable('contacts');
  await knex.raw('DROP TYPE contact_kind');
};
