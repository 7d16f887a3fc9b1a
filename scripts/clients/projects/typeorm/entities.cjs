/** What an application does with its entities. */
const source = require('./data-source.cjs').default;

async function work() {
  await source.initialize();
  const [accounts, labels] = [source.getRepository('Account'), source.getRepository('Label')];
  const cy = await accounts.save({ name: 'Cy', slug: 'cy-3' });
  await labels.save({ label: 'new', account: cy });
  await source.transaction(async (manager) => {
    const locked = await manager.findOne('Account', { where: { slug: 'cy-3' }, lock: { mode: 'pessimistic_write' } });
    locked.kind = 'home';
    await manager.save('Account', locked);
  });
  await accounts.upsert({ name: 'Cyd', slug: 'cy-3', kind: 'home' }, ['slug']);
  const found = await labels.findOneOrFail({ where: { label: 'new' }, relations: { account: true } });
  if (found.account.name !== 'Cyd' || found.account.kind !== 'home') throw new Error(JSON.stringify(found));
  await source.destroy();
}

work().catch((error) => {
  console.error(`ERROR: ${error.message}`);
  process.exit(1);
});
