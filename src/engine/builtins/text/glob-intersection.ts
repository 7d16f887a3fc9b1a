/** Whether two patterns of `.`, `[a-z]`, characters and `\` escapes, each with `*` or `+`, match a common text. */
import { BuiltinError, type BuiltinContext } from '../define/builtin.js';
import { charactersOf } from '../define/code-points.js';

/** Code points from and to, both included. */
type Range = readonly [number, number];

interface Token {
  readonly ranges: readonly Range[];
  readonly repeat: '' | '*' | '+';
}

const anyCharacter: readonly Range[] = [[0, 0x10ffff]];
/** The longest pattern, in characters: the work grows with the product of two lengths. */
const lengthMax = 2_000;

export function globsIntersect(left: string, right: string, context: BuiltinContext): boolean {
  const a = automaton(tokenize(left));
  const b = automaton(tokenize(right));
  const width = b.length + 1;
  const seen = new Uint8Array((a.length + 1) * width);
  const todo: number[] = [0];
  const visit = (i: number, j: number): void => {
    if (seen[i * width + j] !== 0) return;
    seen[i * width + j] = 1;
    todo.push(i * width + j);
  };
  for (let state = todo.pop(); state !== undefined; state = todo.pop()) {
    context.spend(1);
    const i = Math.floor(state / width);
    const j = state % width;
    if (i === a.length && j === b.length) return true;
    const x = a[i];
    const y = b[j];
    if (x?.repeat === '*') visit(i + 1, j);
    if (y?.repeat === '*') visit(i, j + 1);
    if (x === undefined || y === undefined || !overlap(x.ranges, y.ranges)) continue;
    visit(x.repeat === '*' ? i : i + 1, y.repeat === '*' ? j : j + 1);
  }
  return false;
}

/** `+` is one followed by any number. */
function automaton(tokens: readonly Token[]): readonly Token[] {
  return tokens.flatMap((token): readonly Token[] =>
    token.repeat === '+'
      ? [
          { ...token, repeat: '' },
          { ...token, repeat: '*' },
        ]
      : [token],
  );
}

function overlap(left: readonly Range[], right: readonly Range[]): boolean {
  return left.some(([from, to]) => right.some(([start, end]) => from <= end && start <= to));
}

function tokenize(pattern: string): Token[] {
  const characters = charactersOf(pattern);
  if (characters.length > lengthMax) throw new BuiltinError('the pattern is too long');
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length;) {
    const [ranges, after] = readUnit(characters, at);
    const repeat = characters[after];
    const repeats = repeat === '*' || repeat === '+';
    tokens.push({ ranges, repeat: repeats ? repeat : '' });
    at = repeats ? after + 1 : after;
  }
  return tokens;
}

function readUnit(characters: readonly string[], at: number): readonly [readonly Range[], number] {
  const character = characters[at] ?? '';
  if (character === '.') return [anyCharacter, at + 1];
  if (character === '[') return readSet(characters, at + 1);
  if ([']', '*', '+'].includes(character)) {
    throw new BuiltinError(`\`${character}\` has nothing before it that it could belong to`);
  }
  const [code, after] = readCharacter(characters, at);
  return [[[code, code]], after];
}

function readCharacter(characters: readonly string[], at: number): readonly [number, number] {
  const escaped = characters[at] === '\\';
  const character = characters[escaped ? at + 1 : at];
  if (character === undefined) throw new BuiltinError('the pattern ends too early');
  return [character.codePointAt(0)!, escaped ? at + 2 : at + 1];
}

function readSet(characters: readonly string[], from: number): readonly [readonly Range[], number] {
  const ranges: Range[] = [];
  let at = from;
  while (characters[at] !== ']') {
    if (characters[at] === '-') throw new BuiltinError('a range in `[]` needs a character before it');
    const [low, after] = readCharacter(characters, at);
    at = after;
    let high = low;
    if (characters[at] === '-') {
      if (characters[at + 1] === ']' || characters[at + 1] === '-') {
        throw new BuiltinError('a range in `[]` needs a character behind it');
      }
      [high, at] = readCharacter(characters, at + 1);
    }
    if (high < low) throw new BuiltinError('a range in `[]` is out of order');
    ranges.push([low, high]);
  }
  return [ranges, at + 1];
}
