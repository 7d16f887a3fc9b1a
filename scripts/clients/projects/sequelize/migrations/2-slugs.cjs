/** In one transaction: a column is added, filled row by row and made mandatory. */
module.exports = {
  up: (queryInterface, { DataTypes }) =>
    queryInterface.sequelize.transaction(async (transaction) => {
      await queryInterface.addColumn('accounts', 'slug', DataTypes.TEXT, { transaction });
      const [accounts] = await queryInterface.sequelize.query('SELECT * FROM accounts ORDER BY id', { transaction });
      for (const { id, name, email } of accounts) {
        const values = { slug: `${name.toLowerCase()}-${id}`, name, email };
        await queryInterface.bulkUpdate('accounts', values, { id }, { transaction });
      }
      const column = { type: DataTypes.TEXT, allowNull: false, unique: true };
      await queryInterface.changeColumn('accounts', 'slug', column, { transaction });
    }),
  down: (queryInterface) => queryInterface.removeColumn('accounts', 'slug'),
};
