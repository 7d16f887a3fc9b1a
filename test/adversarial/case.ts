/** The cases of `cases/*.yaml`: one trick each, with where it was seen and what must become of it. */
import { readFileSync, readdirSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { decodeWire, type WireMessage, wireMessage } from './wire-message.js';

/** `{{(*1000}}` stands for a thousand parentheses. */
const text = z
  .string()
  .transform((written) =>
    written.replaceAll(/\{\{(.+?)\*(\d+)\}\}/gs, (_, piece: string, times: string) =>
      piece.repeat(Number(times)),
    ),
  );
const sqlOrList = z.union([text, z.array(text).min(1)]);
const attempt = z.union([sqlOrList, z.array(wireMessage).min(1)]);

const CASE = z
  .strictObject({
    trick: z.string(),
    /** A CVE, a section of a manual, a public issue, a paper, a source file. */
    seen: z.string(),
    /** What runs before it and is let through. */
    first: sqlOrList.optional(),
    /** None of it reaches the server. */
    blocked: attempt.optional(),
    /** Refused, or it runs and shows no canary. */
    masked: attempt.optional(),
    /** Answered with the very bytes of the server. */
    allowed: attempt.optional(),
    as: z.enum(['reader', 'writer', 'operator']).default('reader'),
    /** Of a masked one: text that must be among what the client receives, so that it ran. */
    shows: z.string().optional(),
    by: z.array(z.enum(['simple', 'extended'])).default(['simple', 'extended']),
    /** Start-up parameters. */
    start: z.record(z.string(), z.string()).default({}),
    /** What COPY FROM STDIN is fed. */
    data: z.string().default(''),
    /** The connection may be over afterwards. */
    ends: z.boolean().default(false),
    /** False where the rules alone see nothing wrong: it is the protocol or the state of the session that is attacked. */
    engine: z.boolean().default(true),
    /** False where asking the server directly shows no canary: it takes something that the corpus cannot have. */
    proof: z.boolean().default(true),
  })
  .refine((one) => [one.blocked, one.masked, one.allowed].filter((it) => it !== undefined).length === 1, {
    error: 'has exactly one of blocked, masked and allowed',
  });

export type Verdict = 'blocked' | 'masked' | 'allowed';
export type Protocol = 'simple' | 'extended' | 'wire';

export interface Case {
  /** `file: trick`. */
  readonly name: string;
  readonly topic: string;
  readonly seen: string;
  readonly verdict: Verdict;
  readonly as: 'reader' | 'writer' | 'operator';
  readonly first: readonly string[];
  /** Empty where `wire` says it message by message. */
  readonly sql: readonly string[];
  readonly wire: readonly WireMessage[];
  readonly by: readonly Protocol[];
  readonly shows: string | null;
  readonly start: Readonly<Record<string, string>>;
  readonly data: string;
  readonly ends: boolean;
  readonly engine: boolean;
  readonly proof: boolean;
}

const FOLDER = 'test/adversarial/cases';

export function readCases(): readonly Case[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .flatMap(readFile);
}

function readFile(name: string): Case[] {
  const parsed = z.array(CASE).safeParse(parse(readFileSync(`${FOLDER}/${name}`, 'utf8')));
  if (!parsed.success) throw new Error(`${name}: ${z.prettifyError(parsed.error)}`);
  return parsed.data.map((entry) => toCase(name.replace(/\.yaml$/, ''), entry));
}

function toCase(topic: string, entry: z.infer<typeof CASE>): Case {
  const { trick, blocked, masked, allowed, first = [], shows, by, ...rest } = entry;
  const verdict: Verdict = blocked !== undefined ? 'blocked' : masked !== undefined ? 'masked' : 'allowed';
  const said = [(blocked ?? masked ?? allowed)!].flat();
  const sql = said.filter((one) => typeof one === 'string');
  const wire = said.filter((one) => typeof one !== 'string').flatMap(decodeWire);
  return {
    ...rest,
    name: `${topic}: ${trick}`,
    topic,
    verdict,
    first: [first].flat(),
    sql,
    wire,
    by: wire.length > 0 ? ['wire'] : by,
    shows: shows ?? null,
  };
}
