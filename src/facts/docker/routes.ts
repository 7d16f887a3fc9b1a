/** The operations of the Engine API, by method and path. */
import type { EngineCall } from './call.js';

type Operation = Pick<EngineCall, 'object' | 'verb'>;

export interface Route extends Operation {
  readonly method: string;
  readonly pattern: RegExp;
}

/** `{}` is one part of the path, `{*}` one or more (names of images have slashes); `-` and `|` as they stand. */
const table = `
GET    containers/json                  container list
POST   containers/create                container create
POST   containers/prune                 container prune
GET    containers/{}/json               container inspect
GET    containers/{}/top                container top
GET    containers/{}/logs               container logs
GET    containers/{}/stats              container stats
GET    containers/{}/changes            container changes
GET    containers/{}/export             container export
GET    containers/{}/attach/ws          container attach
POST   containers/{}/attach             container attach
POST   containers/{}/resize             container resize
POST   containers/{}/start              container start
POST   containers/{}/stop               container stop
POST   containers/{}/restart            container restart
POST   containers/{}/kill               container kill
POST   containers/{}/pause              container pause
POST   containers/{}/unpause            container unpause
POST   containers/{}/wait               container wait
POST   containers/{}/rename             container rename
POST   containers/{}/update             container update
HEAD   containers/{}/archive            container stat
GET    containers/{}/archive            container copy_out
POST   containers/{}/copy               container copy_out
PUT    containers/{}/archive            container copy_in
GET    containers/{}/checkpoints        container list
POST   containers/{}/checkpoints        container checkpoint
DELETE containers/{}/checkpoints/{}     container checkpoint
DELETE containers/{}                    container remove
POST   containers/{}/exec               exec create
POST   exec/{}/start                    exec start
POST   exec/{}/resize                   exec resize
GET    exec/{}/json                     exec inspect
POST   commit                           image commit
GET    images/json                      image list
GET    images/search                    image search
GET    images/get                       image save
GET    images/{*}/get                   image save
GET    images/{*}/json                  image inspect
GET    images/{*}/history               image history
POST   images/load                      image load
POST   images/create                    image pull
POST   images/prune                     image prune
POST   images/{*}/push                  image push
POST   images/{*}/tag                   image tag
DELETE images/{*}                       image remove
POST   build                            build run
POST   build/prune                      build prune
POST   build/cancel                     build cancel
GET    volumes                          volume list
POST   volumes/create                   volume create
POST   volumes/prune                    volume prune
GET    volumes/{}                       volume inspect
PUT    volumes/{}                       volume update
DELETE volumes/{}                       volume remove
GET    networks                         network list
POST   networks/create                  network create
POST   networks/prune                   network prune
GET    networks/{}                      network inspect
POST   networks/{}/connect              network connect
POST   networks/{}/disconnect           network disconnect
DELETE networks/{}                      network remove
GET    _ping                            system ping
HEAD   _ping                            system ping
GET    version                          system version
GET    info                             system info
GET    events                           system events
GET    system/df                        system usage
POST   auth                             system login
GET    distribution/{*}/json            distribution inspect
POST   session                          session start
POST   grpc                             session start
GET    swarm                            swarm inspect
POST   swarm/init                       swarm init
POST   swarm/join                       swarm join
POST   swarm/leave                      swarm leave
POST   swarm/update                     swarm update
POST   swarm/unlock                     swarm unlock
GET    swarm/unlockkey                  swarm unlock_key
GET    nodes                            node list
GET    nodes/{}                         node inspect
POST   nodes/{}/update                  node update
DELETE nodes/{}                         node remove
GET    services                         service list
POST   services/create                  service create
GET    services/{}                      service inspect
GET    services/{}/logs                 service logs
POST   services/{}/update               service update
DELETE services/{}                      service remove
GET    tasks                            task list
GET    tasks/{}                         task inspect
GET    tasks/{}/logs                    task logs
GET    secrets                          secret list
POST   secrets/create                   secret create
GET    secrets/{}                       secret inspect
POST   secrets/{}/update                secret update
DELETE secrets/{}                       secret remove
GET    configs                          config list
POST   configs/create                   config create
GET    configs/{}                       config inspect
POST   configs/{}/update                config update
DELETE configs/{}                       config remove
GET    plugins                          plugin list
GET    plugins/privileges               plugin privileges
GET    plugins/{*}/json                 plugin inspect
POST   plugins/create                   plugin create
POST   plugins/pull                     plugin pull
POST   plugins/{*}/enable               plugin enable
POST   plugins/{*}/disable              plugin disable
POST   plugins/{*}/push                 plugin push
POST   plugins/{*}/set                  plugin configure
POST   plugins/{*}/upgrade              plugin upgrade
DELETE plugins/{*}                      plugin remove
`;

export const routes: readonly Route[] = table.trim().split('\n').map(readRoute);

function readRoute(line: string): Route {
  const [method, path, object, verb] = line.split(/ +/) as [string, string, Route['object'], Route['verb']];
  const source = path.replaceAll('{*}', '(.+)').replaceAll('{}', '([^/]+)');
  return { method, pattern: new RegExp(`^${source}$`), object, verb };
}

/** The operation and the names in the path; null if there is none. */
export function findRoute(
  method: string,
  path: string,
): { readonly route: Route; readonly names: string[] } | null {
  for (const route of routes) {
    const match = route.method === method ? route.pattern.exec(path) : null;
    if (match !== null) return { route, names: match.slice(1) };
  }
  return null;
}

const reading = new Set([
  'list', 'inspect', 'top', 'logs', 'stats', 'changes', 'export', 'wait', 'stat', 'copy_out', 'search', 'history', 'save',
  'info', 'version', 'ping', 'events', 'usage', 'unlock_key', 'privileges',
]); // prettier-ignore

/** By what the operation is for: it leaves everything as it was. */
export function isReading(verb: string): boolean {
  return reading.has(verb);
}
