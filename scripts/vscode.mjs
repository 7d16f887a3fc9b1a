// Packs the extension for VS Code, with the language server in it: `node scripts/vscode.mjs [FILE]`. What a `.vsix` is:
// a zip after the Open Packaging Conventions (ECMA-376 part 2), with a manifest and the extension below `extension/`.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import process from 'node:process';
import { zipSync } from 'fflate';
import { ensureBundle } from './build.mjs';
import { root } from './root.mjs';

const source = join(root, 'cli', 'lsp', 'vscode');
const copied = ['README.md', 'language-configuration.json', 'rules.tmLanguage.json', 'snippets.json'];

const output = resolve(process.argv[2] ?? join(root, 'dist', 'sallyport.vsix'));
await ensureBundle();
const manifest = extensionManifest();
const files = await extensionFiles(manifest);
mkdirSync(dirname(output), { recursive: true });
writeFileSync(
  output,
  pack({
    '[Content_Types].xml': contentTypes(files),
    'extension.vsixmanifest': vsixManifest(manifest),
    ...files,
  }),
);
console.log(output);

/** The version is that of the product, which is in one place alone. */
function extensionManifest() {
  const { version, license } = readJson(join(root, 'package.json'));
  const { private: _, ...own } = readJson(join(source, 'package.json'));
  return { ...own, version, license };
}

async function extensionFiles(manifestOfExtension) {
  const files = {
    'extension/package.json': `${JSON.stringify(manifestOfExtension, null, 2)}\n`,
    'extension/LICENSE.txt': readFileSync(join(root, 'LICENSE')),
    'extension/client.cjs': await bundleClient(),
  };
  for (const name of copied) files[`extension/${name}`] = readFileSync(join(source, name));
  for (const path of serverFiles()) files[`extension/server/${basename(path)}`] = readFileSync(path);
  return files;
}

/** The parsers' WebAssembly lies beside the bundle. */
function serverFiles() {
  const dist = join(root, 'dist');
  const names = readdirSync(dist).filter((name) => name.endsWith('.wasm'));
  return ['policy.mjs', ...names].map((name) => join(dist, name));
}

async function bundleClient() {
  const { build } = await import('esbuild');
  const result = await build({
    entryPoints: [join(source, 'client.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.9',
    external: ['vscode'],
    legalComments: 'none',
    minifySyntax: true,
    write: false,
  });
  return result.outputFiles[0].contents;
}

/** The same files give the same bytes: sorted, and all of one time. */
function pack(files) {
  const entries = Object.entries(files).sort(([one], [other]) => (one < other ? -1 : 1));
  const bytes = entries.map(([name, content]) => [
    name,
    typeof content === 'string' ? Buffer.from(content) : content,
  ]);
  return zipSync(Object.fromEntries(bytes), { level: 9, mtime: new Date(1980, 0, 1) });
}

function contentTypes(files) {
  const types = {
    '.json': 'application/json',
    '.md': 'text/markdown',
    '.txt': 'text/plain',
    '.vsixmanifest': 'text/xml',
  };
  const extensions = new Set(['.vsixmanifest', ...Object.keys(files).map((name) => extname(name))]);
  const defaults = [...extensions].sort().map((extension) => {
    return `<Default Extension="${extension}" ContentType="${types[extension] ?? 'application/octet-stream'}"/>`;
  });
  return xml(
    `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${defaults.join('')}</Types>`,
  );
}

function vsixManifest({ name, publisher, version, displayName, description, categories, keywords, engines }) {
  return xml(`<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id="${name}" Version="${version}" Publisher="${publisher}"/>
    <DisplayName>${escaped(displayName)}</DisplayName>
    <Description xml:space="preserve">${escaped(description)}</Description>
    <Tags>${escaped(keywords.join(','))}</Tags>
    <Categories>${escaped(categories.join(','))}</Categories>
    <Properties>
      <Property Id="Microsoft.VisualStudio.Code.Engine" Value="${escaped(engines.vscode)}"/>
      <Property Id="Microsoft.VisualStudio.Code.ExtensionKind" Value="workspace"/>
    </Properties>
    <License>extension/LICENSE.txt</License>
  </Metadata>
  <Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation>
  <Dependencies/>
  <Assets>
    <Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.Details" Path="extension/README.md" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.License" Path="extension/LICENSE.txt" Addressable="true"/>
  </Assets>
</PackageManifest>`);
}

function xml(text) {
  return `<?xml version="1.0" encoding="utf-8"?>\n${text}\n`;
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
