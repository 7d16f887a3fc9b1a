/** The facts of what a container engine is asked for. Pure: the same request always means the same. */
import { Unknown, objectOf, type Value, type ValueObject } from '../../values/value.js';
import { splitWords } from '../command-words.js';
import { readMessage } from '../http/message.js';
import type { HttpRequest } from '../http/request.js';
import { UnreadableCommand, type DockerAnalysis, type EngineCall } from './call.js';
import { readCommandLine } from './command-line.js';
import { neutral } from './detail.js';
import { readRequest } from './request.js';
import { isReading } from './routes.js';

/** A request of the Engine API. */
export function deriveDockerRequest(request: HttpRequest): DockerAnalysis {
  return analysed(() => [readRequest(request)]);
}

/** The words of a command line of `docker`, with or without that word at its head. */
export function deriveDockerCommand(argv: readonly string[]): DockerAnalysis {
  return analysed(() => readCommandLine(argv));
}

/** As a person writes it: a command line, or a request as src/facts/http/message.ts reads it. */
export function deriveDockerText(text: string): DockerAnalysis {
  if (!/^[A-Z]+ \//.test(text)) {
    const words = splitWords(text);
    return words instanceof Unknown ? unreadable(words.reason) : deriveDockerCommand(words);
  }
  const request = readMessage(text);
  return request === null ? unreadable('it is no request') : deriveDockerRequest(request);
}

function unreadable(reason: string): DockerAnalysis {
  return { docker: unknownDocker(reason), error: reason };
}

function analysed(read: () => readonly EngineCall[]): DockerAnalysis {
  try {
    return { docker: dockerFacts(read()), error: null };
  } catch (error) {
    if (!(error instanceof UnreadableCommand)) throw error;
    return unreadable(error.message);
  }
}

function unknownDocker(reason: string): ValueObject {
  return objectOf(['requests', 'read_only'].map((name) => [name, new Unknown(reason, `docker.${name}`)]));
}

function dockerFacts(calls: readonly EngineCall[]): ValueObject {
  return objectOf([
    ['requests', calls.map(callFacts)],
    ['read_only', calls.every(({ verb }) => isReading(verb))],
  ]);
}

function callFacts({ object, verb, names, detail }: EngineCall, index: number): ValueObject {
  const described: readonly (readonly [string, Value])[] = Object.entries({ ...neutral, ...detail });
  return objectOf([
    ['index', index],
    ['object', object],
    ['verb', verb],
    ['read_only', isReading(verb)],
    ['names', names],
    ...described,
  ]);
}
