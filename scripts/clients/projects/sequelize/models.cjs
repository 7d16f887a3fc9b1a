/** What an application does at its start: its tables are made, changed, and rows found or made. */
const { DataTypes, Sequelize } = require('sequelize');
const sequelize = new Sequelize(require('./config.cjs'));

const Contact = sequelize.define(
  'Contact',
  { email: { type: DataTypes.STRING, unique: true }, seen: DataTypes.JSONB, kind: DataTypes.ENUM('home', 'work') },
  { tableName: 'contacts' },
);
const Note = sequelize.define('Note', { text: DataTypes.TEXT }, { tableName: 'notes' });
Contact.hasMany(Note);

async function up() {
  await sequelize.sync();
  await sequelize.sync({ alter: true });
  const where = { email: 'ada.one@example.com' };
  const [ada, made] = await Contact.findOrCreate({ where, defaults: { seen: { in: 'shop' } } });
  const [again, madeAgain] = await Contact.findOrCreate({ where });
  if (!made || madeAgain || again.id !== ada.id) throw new Error('found or made otherwise');
  await sequelize.transaction(async (transaction) => {
    const locked = await Contact.findByPk(ada.id, { lock: true, transaction });
    locked.kind = 'home';
    await locked.save({ transaction });
    await locked.createNote({ text: 'hello' }, { transaction });
  });
  await Contact.upsert({ email: 'ada.one@example.com', kind: 'work' });
  const [found] = await Contact.findAll({ include: Note });
  if (found.kind !== 'work' || found.Notes.length !== 1) throw new Error(JSON.stringify(found));
}

async function down() {
  await Note.drop({ cascade: true });
  await Contact.drop({ cascade: true });
}

const steps = { up, down };
steps[process.argv[2]]().then(
  () => sequelize.close(),
  (error) => {
    console.error(`ERROR: ${error.message}`);
    process.exit(1);
  },
);
