const { bigint, bigserial, pgTable, text, timestamp } = require('drizzle-orm/pg-core');

exports.accounts = pgTable('accounts', {
  id: bigserial('id', { mode: 'number' }).primaryKey(),
  name: text('name').notNull(),
  slug: text('slug').notNull().unique('accounts_slug'),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});

exports.contacts = pgTable('contacts', {
  id: bigserial('id', { mode: 'number' }).primaryKey(),
  accountId: bigint('account_id', { mode: 'number' }).notNull(),
  email: text('email').notNull(),
});
