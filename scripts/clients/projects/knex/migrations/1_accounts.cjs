exports.up = async (knex) => {
  await knex.schema.createTable('accounts', (table) => {
    table.bigIncrements('id');
    table.text('name').notNullable().index();
    table.text('email');
    table.timestamps(true, true);
  });
  await knex('accounts').insert([
    { name: 'Ada', email: 'ada.one@example.com' },
    { name: 'Bo', email: 'bo.two@example.com' },
  ]);
};

exports.down = (knex) => knex.schema.dropTable('accounts');
