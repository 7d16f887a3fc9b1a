/** What an application does with its tables. */
const { eq, sql } = require('drizzle-orm');
const { drizzle } = require('drizzle-orm/node-postgres');
const { Pool } = require('pg');
const { dbCredentials } = require('./drizzle.config.cjs');
const { accounts, contacts } = require('./schema.cjs');

async function work(db) {
  await db.transaction(async (tx) => {
    const [ada] = await tx.select().from(accounts).where(eq(accounts.slug, 'ada-1')).for('update');
    await tx.insert(contacts).values({ accountId: ada.id, email: 'other@example.com' });
    await tx.transaction(async (inner) => {
      await inner.update(accounts).set({ name: sql`initcap(${accounts.name})` }).where(eq(accounts.id, ada.id));
    });
  });
  await db
    .insert(accounts)
    .values({ name: 'Ada L.', slug: 'ada-1' })
    .onConflictDoUpdate({ target: accounts.slug, set: { name: sql`excluded.name` } });
  const rows = await db.select().from(contacts).innerJoin(accounts, eq(contacts.accountId, accounts.id));
  const found = rows.find(({ contacts: { email } }) => email === 'other@example.com');
  if (found?.accounts.name !== 'Ada L.') throw new Error(JSON.stringify(rows));
}

const pool = new Pool(dbCredentials);
work(drizzle(pool)).then(
  () => pool.end(),
  (error) => {
    console.error(`ERROR: ${error.message} ${error.cause?.message ?? ''}`);
    process.exit(1);
  },
);
