/** A GraphQL document, read by the parser of the reference implementation, and what its operations ask for. */
// The rest of the package, which executes documents, stays out of the bundle.
import { GraphQLError } from 'graphql/error/index.js';
import { Kind, Lexer, Source, TokenKind, parse } from 'graphql/language/index.js';
import type {
  DirectiveNode,
  FieldNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql/language/index.js';

export interface GraphqlOperation {
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly name: string | null;
  readonly fields: readonly GraphqlField[];
  readonly directives: ReadonlySet<string>;
}

export interface GraphqlField {
  readonly name: string;
  readonly path: string;
  readonly depth: number;
  readonly arguments: readonly string[];
}

/** Nothing is known of a document that is not read, or too much to work out. */
export class UnreadableDocument extends Error {}

/** Totals for all documents of a request. */
export const charactersMax = 200_000;
const tokensMax = 10_000;
const nestingMax = 200;
/** With fragments in their places: a document of a hundred lines can have billions. */
const fieldsMax = 10_000;

/** @throws UnreadableDocument */
export function readDocument(text: string): GraphqlOperation[] {
  try {
    checkTokens(text);
    const { definitions } = parse(text, { noLocation: true, maxTokens: tokensMax });
    const fragments = new Map<string, FragmentDefinitionNode>();
    const operations: OperationDefinitionNode[] = [];
    for (const definition of definitions) {
      if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
      else if (definition.kind === Kind.FRAGMENT_DEFINITION) addFragment(fragments, definition);
      else throw new UnreadableDocument('the document defines a schema');
    }
    return readOperations(operations, fragments);
  } catch (error) {
    if (error instanceof GraphQLError) throw new UnreadableDocument('the document does not parse');
    throw error;
  }
}

/** The parser goes down the stack once for each level, so that their number is bounded before. */
function checkTokens(text: string): void {
  const lexer = new Lexer(new Source(text));
  let depth = 0;
  for (let tokens = 0; ; tokens++) {
    const { kind } = lexer.advance();
    if (kind === TokenKind.EOF) return;
    if (tokens > tokensMax) throw new UnreadableDocument('the document is too long');
    if (kind === TokenKind.BRACE_L || kind === TokenKind.BRACKET_L || kind === TokenKind.PAREN_L) depth++;
    if (kind === TokenKind.BRACE_R || kind === TokenKind.BRACKET_R || kind === TokenKind.PAREN_R) depth--;
    if (depth > nestingMax) throw new UnreadableDocument('the document nests too deep');
  }
}

type Fragments = Map<string, FragmentDefinitionNode>;

function addFragment(fragments: Fragments, fragment: FragmentDefinitionNode): void {
  if (fragments.has(fragment.name.value)) throw new UnreadableDocument('a fragment is defined twice');
  fragments.set(fragment.name.value, fragment);
}

function readOperations(
  operations: readonly OperationDefinitionNode[],
  fragments: Fragments,
): GraphqlOperation[] {
  if (operations.length === 0) throw new UnreadableDocument('the document has no operation');
  const names = operations.map(({ name }) => name?.value ?? null);
  if (new Set(names).size < names.length) throw new UnreadableDocument('an operation is defined twice');
  const budget = { left: fieldsMax };
  return operations.map((operation, i) => {
    const gathered: Gathered = { fields: [], directives: new Set(), byKey: new Map(), fragments, budget };
    addDirectives(gathered, operation.directives);
    for (const variable of operation.variableDefinitions ?? []) addDirectives(gathered, variable.directives);
    gather(operation.selectionSet, gathered, { names: [], key: '' }, new Set());
    const { fields, directives } = gathered;
    return { type: operation.operation, name: names[i]!, fields, directives };
  });
}

interface Gathered {
  readonly fields: GraphqlField[];
  readonly directives: Set<string>;
  /** Names of fields by the place that they have in the answer. */
  readonly byKey: Map<string, string>;
  readonly fragments: Fragments;
  readonly budget: { left: number };
}

/** A place in the selections: the names of the fields around it, and the keys that the answer has for them. */
interface Place {
  readonly names: readonly string[];
  readonly key: string;
}

function addDirectives(gathered: Gathered, directives: readonly DirectiveNode[] | undefined): void {
  for (const { name } of directives ?? []) gathered.directives.add(name.value);
}

/** `open` are the fragments around this place. */
function gather(
  { selections }: SelectionSetNode,
  gathered: Gathered,
  place: Place,
  open: ReadonlySet<string>,
): void {
  for (const selection of selections) {
    if (gathered.budget.left-- <= 0) throw new UnreadableDocument('the document has too many fields');
    addDirectives(gathered, selection.directives);
    switch (selection.kind) {
      case Kind.FIELD:
        gatherField(selection, gathered, place, open);
        break;
      case Kind.INLINE_FRAGMENT:
        gather(selection.selectionSet, gathered, place, open);
        break;
      case Kind.FRAGMENT_SPREAD:
        spread(selection.name.value, gathered, place, open);
        break;
    }
  }
}

function gatherField(field: FieldNode, gathered: Gathered, place: Place, open: ReadonlySet<string>): void {
  const inner = [...place.names, field.name.value];
  const key = `${place.key}.${field.alias?.value ?? field.name.value}`;
  // A server that does not validate merges the two, and runs one of them with the selections of both.
  if ((gathered.byKey.get(key) ?? field.name.value) !== field.name.value)
    throw new UnreadableDocument('one key of the answer stands for two fields');
  gathered.byKey.set(key, field.name.value);
  if (inner.length > nestingMax) throw new UnreadableDocument('the document nests too deep');
  gathered.fields.push({
    name: field.name.value,
    path: inner.join('.'),
    depth: inner.length,
    arguments: (field.arguments ?? []).map(({ name }) => name.value),
  });
  if (field.selectionSet !== undefined) gather(field.selectionSet, gathered, { names: inner, key }, open);
}

function spread(name: string, gathered: Gathered, place: Place, open: ReadonlySet<string>): void {
  const fragment = gathered.fragments.get(name);
  if (fragment === undefined) throw new UnreadableDocument('a fragment is not defined');
  if (open.has(name)) throw new UnreadableDocument('a fragment holds itself');
  addDirectives(gathered, fragment.directives);
  gather(fragment.selectionSet, gathered, place, new Set([...open, name]));
}
