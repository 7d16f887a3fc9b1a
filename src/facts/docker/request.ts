/** A request of the Engine API to what it asks for. */
import {
  Unknown,
  ValueSet,
  isArray,
  isObject,
  property,
  type Maybe,
  type Value,
} from '../../values/value.js';
import { deriveHttp } from '../http/derive.js';
import type { HttpRequest } from '../http/request.js';
import { UnreadableCommand, type EngineCall } from './call.js';
import { readContainer, readExec, readUpdate } from './container.js';
import { doubtful, factOf, unknownDetail, type Detail } from './detail.js';
import { cleanPath } from './mounts.js';
import { buildDetail, networkDetail, volumeDetail } from './object-details.js';
import { engineImageFacts } from './reference.js';
import { findRoute, type Route } from './routes.js';
import { readService } from './service.js';
import { readStruct, textOf } from './struct.js';

/** @throws UnreadableCommand */
export function readRequest(request: HttpRequest): EngineCall {
  const { http, error } = deriveHttp(request);
  if (error !== null) throw new UnreadableCommand(`the request is malformed: ${error}`);
  const segments = http['segments']!;
  if (!isArray(segments)) throw new UnreadableCommand(reasonOf(segments));
  const found = findRoute(request.method, pathOf(segments as readonly string[]));
  if (found === null) throw new UnreadableCommand('the Engine API has no such operation');
  const { route, names } = found;
  const place: Place = { route, names, query: queryOf(http), body: bodyOf(http) };
  return { object: route.object, verb: verbOf(place), names: namesOf(place), detail: detailOf(place) };
}

function reasonOf(value: Value): string {
  return value instanceof Unknown ? value.reason : 'the path is not known';
}

/** Without the version of the API, which may be left out. */
function pathOf(segments: readonly string[]): string {
  const [first] = segments;
  return (first !== undefined && /^v[0-9.]+$/.test(first) ? segments.slice(1) : segments).join('/');
}

interface Place {
  readonly route: Route;
  readonly names: readonly string[];
  readonly query: Query;
  /** Absent where there is none, unknown where it is not JSON. */
  readonly body: Maybe;
}

/** The values of a parameter, in order; unknown where the query is. */
type Query = (name: string) => readonly string[] | Unknown;

/** The engine reads the fields of a form body before those of the query (net/http, Request.Form). */
function queryOf(http: Readonly<Record<string, Value>>): Query {
  const pairs = http['pairs']!;
  const { kind } = http['body'] as Readonly<Record<string, Value>>;
  const hasForm = kind instanceof Unknown || kind === 'form' || kind === 'multipart';
  if (!isArray(pairs) || hasForm) return () => new Unknown('the parameters are not known');
  return (name) => {
    const values = pairs.filter((pair) => isObject(pair) && pair['name'] === name);
    const found = values.map((pair) => (pair as Readonly<Record<string, Value>>)['value']!);
    return found.find((value) => value instanceof Unknown) ?? (found as string[]);
  };
}

function bodyOf(http: Readonly<Record<string, Value>>): Maybe {
  const body = http['body'] as Readonly<Record<string, Value>>;
  return body['kind'] === 'none'
    ? undefined
    : (property(http, 'json') ?? new Unknown('the body is not JSON'));
}

/** One value of a parameter, or an empty text. */
function one(query: Query, name: string): string | Unknown {
  const values = query(name);
  if (values instanceof Unknown) return values;
  return values.length > 1 ? new Unknown(`the parameter \`${name}\` stands twice`) : (values[0] ?? '');
}

/** As the engine reads truth from a query: anything but these words. */
function truth(query: Query, name: string): Value {
  const value = one(query, name);
  return value instanceof Unknown ? value : !/^(0|no|false|none)?$/i.test(value.trim());
}

function verbOf({ route, query }: Place): EngineCall['verb'] {
  if (route.object !== 'image' || route.verb !== 'pull') return route.verb;
  return one(query, 'fromImage') === '' ? 'import' : 'pull';
}

function known(value: string | Unknown): Value[] {
  return value === '' ? [] : [value];
}

function namesOf({ route, names, query, body }: Place): Value[] {
  const inBody = (key: string): Value[] => known(textOf(readStruct(body, [key]).get(key), factOf('names')));
  const several = (name: string): Value[] => {
    const values = query(name);
    return values instanceof Unknown ? [values] : [...values];
  };
  switch (`${route.object} ${route.verb}`) {
    case 'container create':
      return known(one(query, 'name'));
    case 'container rename':
      return [...names, ...known(one(query, 'name'))];
    case 'image commit':
      return known(one(query, 'container'));
    case 'image save':
      return [...names, ...several('names')];
    case 'build run':
      return several('t');
    case 'network create':
    case 'volume create':
    case 'service create':
      return inBody('Name');
    case 'network connect':
    case 'network disconnect':
      return [...names, ...inBody('Container')];
    case 'plugin create':
    case 'plugin pull':
      return known(one(query, route.verb === 'pull' ? 'remote' : 'name'));
    case 'system login':
      return inBody('serveraddress');
    default:
      return [...names];
  }
}

function detailOf(place: Place): Detail {
  const { route, names, query, body } = place;
  switch (`${route.object} ${route.verb}`) {
    case 'container create':
      return readContainer(body);
    case 'container update':
      return readUpdate(body);
    // Engines before API 1.24 take a host configuration here.
    case 'container start':
      return body === undefined ? {} : unknownDetail('a container is started with a configuration');
    case 'container remove':
      return { force: truth(query, 'force') };
    case 'container copy_in':
    case 'container copy_out':
    case 'container stat':
      return { path: copyPath(one(query, 'path')) };
    case 'exec create':
      return readExec(body);
    case 'image pull':
      return { image: pulledImage(query) };
    case 'image push':
      return { image: engineImageFacts(names[0]!, plain(one(query, 'tag')), true) };
    case 'image tag':
      return { image: taggedImage(query) };
    case 'image commit':
      return { ...readContainer(withoutHost(body)), image: taggedImage(query), ...changesOf(query) };
    case 'image inspect':
    case 'image history':
      return { image: engineImageFacts(names[0]!) };
    case 'image remove':
      return { image: engineImageFacts(names[0]!), force: truth(query, 'force') };
    case 'build run':
      return buildOf(query);
    case 'volume create':
      return volumeDetail(body);
    case 'network create':
      return networkDetail(body);
    case 'distribution inspect':
      return { image: engineImageFacts(names[0]!) };
    case 'volume remove':
    case 'plugin remove':
    case 'node remove':
      return { force: truth(query, 'force') };
    case 'session start':
      return unknownDetail('what goes through a session is not read');
    case 'service create':
    case 'service update':
      return readService(body);
    case 'plugin create':
    case 'plugin pull':
    case 'plugin upgrade':
    case 'plugin configure':
      return unknownDetail('what it is made of is not read');
    default:
      return {};
  }
}

function plain(value: string | Unknown): string {
  return value instanceof Unknown ? '' : value;
}

function copyPath(path: string | Unknown): Value {
  if (path instanceof Unknown) return path;
  return path === '' ? new Unknown('the path is not known', factOf('path')) : cleanPath(path);
}

function pulledImage(query: Query): Value {
  const from = one(query, 'fromImage');
  const tag = one(query, 'tag');
  if (from === '') return taggedImage(query);
  return engineImageFacts(tag instanceof Unknown ? tag : from, plain(tag), true);
}

/** Of commits, imports and tags: the name that the image gets. */
function taggedImage(query: Query): Value {
  const repository = one(query, 'repo');
  const tag = one(query, 'tag');
  if (repository === '') return new Unknown('the image gets no name', factOf('image'));
  return engineImageFacts(tag instanceof Unknown ? tag : repository, plain(tag));
}

/** Instructions of a Dockerfile that change what the image runs. */
function changesOf(query: Query): Detail {
  const changes = query('changes');
  if (changes instanceof Unknown) return { settings: ValueSet.of([changes]) };
  return changes.some((change) => change !== '') ? { settings: ValueSet.of(['Changes']) } : {};
}

function withoutHost(body: Maybe): Maybe {
  return body === undefined || body === null ? {} : body;
}

const buildSettings = ['remote', 'extrahosts', 'secrets', 'ssh', 'cgroupparent', 'session', 'outputs'];

function buildOf(query: Query): Detail {
  const settings = buildSettings.flatMap((name): Value[] => {
    const values = query(name);
    if (values instanceof Unknown) return [values];
    return values.some((value) => value !== '') ? [name] : [];
  });
  const detail = buildDetail(one(query, 'networkmode'), settings);
  // BuildKit is told through a session what a build may do.
  const apart = one(query, 'version') !== '' || one(query, 'session') !== '';
  return apart ? doubtful(detail, 'what goes through a session is not read') : detail;
}
