module.exports = {
  up: async (queryInterface, { DataTypes }) => {
    await queryInterface.createTable('accounts', {
      id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
      name: { type: DataTypes.TEXT, allowNull: false },
      email: DataTypes.TEXT,
      kind: { type: DataTypes.ENUM('home', 'work'), defaultValue: 'work' },
    });
    await queryInterface.bulkInsert('accounts', [
      { name: 'Ada', email: 'ada.one@example.com' },
      { name: 'Bo', email: 'bo.two@example.com' },
    ]);
  },
  down: async (queryInterface) => {
    await queryInterface.dropTable('accounts');
    await queryInterface.dropEnum('enum_accounts_kind');
  },
};
