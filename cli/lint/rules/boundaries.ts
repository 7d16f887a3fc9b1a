/** Text boundaries: partial names, and values that should not stand in a rule at all. */
import type { CallCore, Core } from '../../../src/engine/core.js';
import { detect } from '../../../src/masking/detectors.js';
import { factOf, framesOf, type Bindings } from '../frame.js';
import { defineRule } from '../rule.js';

/** Facts by the last word of their names: the separators of their values, and where their parts begin. */
const paths = new Set(['path', 'host_path', 'source']);
const hosts = new Set(['host', 'registry', 'address', 'server_name']);

export const openBoundary = defineRule({
  id: 'open-boundary',
  category: 'security',
  level: 'warning',
  doc: 'A prefix of a path ends at a slash, and a suffix of a host begins at a dot.',
  needsMeaning: true,
  check: ({ meaning }, report) => {
    for (const { cores, bindings } of meaning === null ? [] : framesOf(meaning.program)) {
      for (const core of cores) {
        const open = core.kind === 'call' ? openEnd(core, bindings) : null;
        if (open === null) continue;
        report({ source: open.core.source, span: open.core.span, message: open.message, help: open.help });
      }
    }
  },
});

function openEnd(call: CallCore, bindings: Bindings) {
  const [value, literal] = call.arguments;
  if ('clauses' in call.callee || value === undefined || literal?.kind !== 'constant') return null;
  const part = textOf(literal);
  const last = factOf(value, bindings)?.at(-1);
  if (part === null || last === undefined) return null;
  const name = call.callee.name;
  const prefix =
    name === 'startswith' ? part : name === 'like' ? (/^([^*?]+)\*$/.exec(part)?.[1] ?? null) : null;
  if (paths.has(last) && prefix?.startsWith('/') === true && !prefix.endsWith('/'))
    return {
      core: literal,
      message: `\`${prefix}\` is also a prefix of \`${prefix}2\` and \`${prefix}-old\``,
      help: `compare with \`${prefix}\` itself, and with the prefix \`${prefix}/\``,
    };
  const suffix =
    name === 'endswith' ? part : name === 'like' ? (/^\*([^*?]+)$/.exec(part)?.[1] ?? null) : null;
  if (hosts.has(last) && suffix !== null && /^[A-Za-z0-9]/.test(suffix))
    return {
      core: literal,
      message: `\`${suffix}\` is also a suffix of \`not${suffix}\``,
      help: `compare with \`${suffix}\` itself, and with the suffix \`.${suffix}\``,
    };
  return null;
}

function textOf(core: Core): string | null {
  return core.kind === 'constant' && typeof core.value === 'string' ? core.value : null;
}

/** Detectors of values that are secret by themselves and unmistakable. */
const secrets = [
  'aws_access_key',
  'connection_string',
  'gcp_api_key',
  'github_token',
  'gitlab_token',
  'jwt',
  'private_key',
  'slack_token',
  'stripe_key',
];

export const secretInRule = defineRule({
  id: 'secret-in-rule',
  category: 'security',
  level: 'error',
  doc: 'No key, token or password is written in a rule.',
  options: { detectors: secrets },
  check: ({ modules }, report, { detectors }) => {
    for (const { source } of modules) {
      for (const name of detectors) {
        for (const span of detect(name, source.text) ?? []) {
          report({
            source,
            span,
            message: `this looks like a secret (\`${name}\`)`,
            help: 'everybody who reviews rules can read it: revoke it, and use a hash or a group instead',
          });
        }
      }
    }
  },
});
