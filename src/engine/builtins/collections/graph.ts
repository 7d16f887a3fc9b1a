/** Graphs: objects from a node to the array or set of the nodes its edges lead to. */
import {
  isArray,
  property,
  ValueSet,
  type Maybe,
  type Value,
  type ValueObject,
} from '../../../values/value.js';
import { BuiltinError, type Builtin, type BuiltinContext } from '../define/builtin.js';
import { collection, define, record, set, takes } from '../define/define.js';
import { membersOf } from '../define/limits.js';

/** The longest path that is followed, in nodes. */
const pathLengthMax = 1_000;

/** The neighbours; none if the node is not in the graph or its value is not a collection. */
function edgesOf(graph: ValueObject, node: Value): readonly Value[] | undefined {
  const edges: Maybe = typeof node === 'string' ? property(graph, node) : undefined;
  if (edges === undefined) return undefined;
  return isArray(edges) || edges instanceof ValueSet ? membersOf(edges) : [];
}

function reachable(graph: ValueObject, initial: readonly Value[], context: BuiltinContext): ValueSet {
  const reached = new Set<Value>();
  const todo = [...initial];
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    context.spend(1);
    const edges = reached.has(node) ? undefined : edgesOf(graph, node);
    if (edges === undefined) continue;
    reached.add(node);
    context.spend(edges.length);
    for (const edge of edges) if (!reached.has(edge)) todo.push(edge);
  }
  return ValueSet.of(reached);
}

/** All paths from the initial nodes to a node without edges, out of the graph, or back into the path itself. */
function reachablePaths(graph: ValueObject, initial: readonly Value[], context: BuiltinContext): ValueSet {
  const paths: Value[] = [];
  const finish = (path: readonly Value[]): void => {
    context.spend(path.length);
    paths.push(path);
  };
  const follow = (node: Value, path: readonly Value[]): void => {
    const edges = edgesOf(graph, node);
    if (edges === undefined) {
      if (path.length > 0) finish(path);
      return;
    }
    if (path.length >= pathLengthMax) throw new BuiltinError('a path is too long');
    const longer = [...path, node];
    context.spend(longer.length + edges.length);
    if (edges.length === 0) finish(longer);
    for (const edge of edges) {
      if (longer.includes(edge)) finish(longer);
      else follow(edge, longer);
    }
  };
  for (const node of initial) follow(node, []);
  return ValueSet.of(paths);
}

export const graph: readonly Builtin[] = [
  define(
    'graph.reachable',
    [takes('graph', record), takes('initial', collection)],
    set,
    'The nodes that can be reached from the initial ones, which are among them.',
    ([nodes, initial], context) => reachable(nodes, membersOf(initial), context),
  ),
  define(
    'graph.reachable_paths',
    [takes('graph', record), takes('initial', collection)],
    set,
    'The paths from the initial nodes until they end or come back on themselves, each an array of nodes.',
    ([nodes, initial], context) => reachablePaths(nodes, membersOf(initial), context),
  ),
];
