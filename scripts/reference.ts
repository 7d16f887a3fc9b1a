/** `npm run reference`: writes docs/facts.md, docs/builtins.md and docs/configuration.md from the catalogues and the schema. */
import { writeFileSync } from 'node:fs';
import { engineBuiltins } from '../src/engine/builtins/catalogue.js';
import { factBuiltins } from '../src/protocols/list.js';
import { factSchema } from '../src/facts/schema/index.js';
import { builtinsPage } from './reference/builtins-page.js';
import { configurationPage } from './reference/configuration-page.js';
import { factsPage } from './reference/facts-page.js';

writeFileSync('docs/facts.md', factsPage(factSchema));
writeFileSync('docs/builtins.md', builtinsPage([...engineBuiltins, ...factBuiltins]));
writeFileSync('docs/configuration.md', configurationPage());
