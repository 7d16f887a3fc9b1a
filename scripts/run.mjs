// The way in for every `npm run` task: makes sure that this Node, the dependencies and the bundle are there, then runs
// the task. Plain JavaScript without dependencies, because it runs before anything is installed.
import process from 'node:process';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Sallyport needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(2);
}

const [task = '', ...args] = process.argv.slice(2);
const { tasks } = await import('./tasks.mjs');
if (!Object.hasOwn(tasks, task)) {
  console.error(`Unknown task \`${task}\`. Tasks: ${Object.keys(tasks).join(', ')}.`);
  process.exit(2);
}
try {
  process.exitCode = await tasks[task](args);
} catch (error) {
  console.error(error instanceof Error && error.expected ? error.message : error);
  process.exitCode = 1;
}
