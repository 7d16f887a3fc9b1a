const { Table, TableColumn, TableUnique } = require('typeorm');

class Accounts1700000000001 {
  async up(runner) {
    await runner.createTable(
      new Table({
        name: 'accounts',
        columns: [
          { name: 'id', type: 'bigint', isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
          { name: 'name', type: 'text' },
          { name: 'email', type: 'text', isNullable: true },
          { name: 'made', type: 'timestamptz', default: 'now()' },
        ],
      }),
    );
    await runner.query('INSERT INTO accounts (name, email) VALUES ($1, $2), ($3, $4)', [
      'Ada',
      'ada.one@example.com',
      'Bo',
      'bo.two@example.com',
    ]);
  }

  async down(runner) {
    await runner.dropTable('accounts');
  }
}

class Slugs1700000000002 {
  async up(runner) {
    await runner.addColumn('accounts', new TableColumn({ name: 'slug', type: 'text', isNullable: true }));
    for (const { id, name, email } of await runner.query('SELECT * FROM accounts ORDER BY id')) {
      const slug = `${name.toLowerCase()}-${id}`;
      await runner.query('UPDATE accounts SET slug = $1, name = $2, email = $3 WHERE id = $4', [
        slug,
        name,
        email,
        id,
      ]);
    }
    await runner.query('ALTER TABLE accounts ALTER COLUMN slug SET NOT NULL');
    await runner.createUniqueConstraint('accounts', new TableUnique({ columnNames: ['slug'] }));
  }

  async down(runner) {
    await runner.dropColumn('accounts', 'slug');
  }
}

class Labels1700000000003 {
  async up(runner) {
    await runner.createTable(
      new Table({
        name: 'labels',
        columns: [
          { name: 'id', type: 'uuid', isPrimary: true, default: 'uuid_generate_v4()' },
          { name: 'label', type: 'varchar', length: '40' },
          { name: 'account_id', type: 'bigint' },
        ],
        foreignKeys: [
          { columnNames: ['account_id'], referencedTableName: 'accounts', referencedColumnNames: ['id'] },
        ],
      }),
    );
    await runner.query('INSERT INTO labels (label, account_id) SELECT lower(name), id FROM accounts');
    await runner.query('ALTER TABLE accounts DROP COLUMN email');
    await runner.query(`CREATE TYPE accounts_kind_enum AS ENUM ('home', 'work')`);
    await runner.query(`ALTER TABLE accounts ADD kind accounts_kind_enum NOT NULL DEFAULT 'work'`);
  }

  async down(runner) {
    await runner.query('ALTER TABLE accounts DROP COLUMN kind');
    await runner.query('DROP TYPE accounts_kind_enum');
    await runner.query('ALTER TABLE accounts ADD email text');
    await runner.dropTable('labels');
  }
}

module.exports = { Accounts1700000000001, Slugs1700000000002, Labels1700000000003 };
