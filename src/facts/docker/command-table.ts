/** Written by scripts/generate-docker-commands.mjs from docker 28.2. Do not edit. */
/** The flags before a command, as those of commands below. */
export const globalFlags =
  'config context/c debug/D! host/H log-level/l tls! tlscacert tlscert tlskey tlsverify! version/v!';

/**
 * A command, its other names, and its flags: `attach/a` takes a value and has a short form, `detach/d!` takes none.
 */
export const commandTable = `
builder prune: all/a! filter force/f! keep-storage
checkpoint create: checkpoint-dir leave-running!
checkpoint ls, checkpoint list: checkpoint-dir
checkpoint rm, checkpoint remove: checkpoint-dir
config create: label/l template-driver
config inspect: format/f pretty!
config ls, config list: filter/f format quiet/q!
config rm, config remove:
container attach, attach: detach-keys no-stdin! sig-proxy!
container commit, commit: author/a change/c message/m pause/p!
container cp, cp: archive/a! follow-link/L! quiet/q!
container create, create: add-host annotation attach/a blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent cgroupns cidfile cpu-count cpu-percent cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares/c cpus cpuset-cpus cpuset-mems device device-cgroup-rule device-read-bps device-read-iops device-write-bps device-write-iops disable-content-trust! dns dns-option dns-search domainname entrypoint env/e env-file expose gpus group-add health-cmd health-interval health-retries health-start-interval health-start-period health-timeout hostname/h init! interactive/i! io-maxbandwidth io-maxiops ip ip6 ipc isolation kernel-memory label/l label-file link link-local-ip log-driver log-opt mac-address memory/m memory-reservation memory-swap memory-swappiness mount name network network-alias no-healthcheck! oom-kill-disable! oom-score-adj pid pids-limit platform privileged! publish/p publish-all/P! pull quiet/q! read-only! restart rm! runtime security-opt shm-size stop-signal stop-timeout storage-opt sysctl tmpfs tty/t! ulimit use-api-socket! user/u userns uts volume/v volume-driver volumes-from workdir/w net net-alias dns-opt
container diff, diff:
container exec, exec: detach/d! detach-keys env/e env-file interactive/i! privileged! tty/t! user/u workdir/w
container export, export: output/o
container inspect: format/f size/s!
container kill, kill: signal/s
container logs, logs: details! follow/f! since tail/n timestamps/t! until
container ls, container list, container ps, ps: all/a! filter/f format last/n latest/l! no-trunc! quiet/q! size/s!
container pause, pause:
container port, port:
container prune: filter force/f!
container rename, rename:
container restart, restart: signal/s timeout/t time/t
container rm, container remove, rm: force/f! link/l! volumes/v!
container run, run: add-host annotation attach/a blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent cgroupns cidfile cpu-count cpu-percent cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares/c cpus cpuset-cpus cpuset-mems detach/d! detach-keys device device-cgroup-rule device-read-bps device-read-iops device-write-bps device-write-iops disable-content-trust! dns dns-option dns-search domainname entrypoint env/e env-file expose gpus group-add health-cmd health-interval health-retries health-start-interval health-start-period health-timeout hostname/h init! interactive/i! io-maxbandwidth io-maxiops ip ip6 ipc isolation kernel-memory label/l label-file link link-local-ip log-driver log-opt mac-address memory/m memory-reservation memory-swap memory-swappiness mount name network network-alias no-healthcheck! oom-kill-disable! oom-score-adj pid pids-limit platform privileged! publish/p publish-all/P! pull quiet/q! read-only! restart rm! runtime security-opt shm-size sig-proxy! stop-signal stop-timeout storage-opt sysctl tmpfs tty/t! ulimit use-api-socket! user/u userns uts volume/v volume-driver volumes-from workdir/w net net-alias dns-opt
container start, start: attach/a! checkpoint checkpoint-dir detach-keys interactive/i!
container stats, stats: all/a! format no-stream! no-trunc!
container stop, stop: signal/s timeout/t time/t
container top, top:
container unpause, unpause:
container update, update: blkio-weight cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares/c cpus cpuset-cpus cpuset-mems memory/m memory-reservation memory-swap pids-limit restart
container wait, wait:
context create: description docker from
context export:
context import:
context inspect: format/f
context ls, context list: format quiet/q!
context rm, context remove: force/f!
context show:
context update: description docker
context use:
image build, build, builder build: add-host build-arg cache-from cgroup-parent compress! cpu-period cpu-quota cpu-shares/c cpuset-cpus cpuset-mems disable-content-trust! file/f force-rm! iidfile isolation label memory/m memory-swap network no-cache! platform pull! quiet/q! rm! security-opt shm-size squash! tag/t target ulimit
image history, history: format human/H! no-trunc! platform quiet/q!
image import, import: change/c message/m platform
image inspect: format/f platform
image load, load: input/i platform quiet/q!
image ls, image list, images: all/a! digests! filter/f format no-trunc! quiet/q! tree!
image prune: all/a! filter force/f!
image pull, pull: all-tags/a! disable-content-trust! platform quiet/q!
image push, push: all-tags/a! disable-content-trust! platform quiet/q!
image rm, image remove, rmi: force/f! no-prune! platform
image save, save: output/o platform
image tag, tag:
inspect: format/f size/s! type
login: password/p password-stdin! username/u
logout:
manifest annotate: arch os os-features os-version variant
manifest create: amend/a! insecure!
manifest inspect: insecure! verbose/v!
manifest push: insecure! purge/p!
manifest rm:
network connect: alias driver-opt gw-priority ip ip6 link link-local-ip
network create: attachable! aux-address config-from config-only! driver/d gateway ingress! internal! ip-range ipam-driver ipam-opt ipv4! ipv6! label opt/o scope subnet
network disconnect: force/f!
network inspect: format/f verbose/v!
network ls, network list: filter/f format no-trunc! quiet/q!
network prune: filter force/f!
network rm, network remove: force/f!
node demote:
node inspect: format/f pretty!
node ls, node list: filter/f format quiet/q!
node promote:
node ps: filter/f format no-resolve! no-trunc! quiet/q!
node rm, node remove: force/f!
node update: availability label-add label-rm role
plugin create: compress!
plugin disable: force/f!
plugin enable: timeout
plugin inspect: format/f
plugin install: alias disable! disable-content-trust! grant-all-permissions!
plugin ls, plugin list: filter/f format no-trunc! quiet/q!
plugin push: disable-content-trust!
plugin rm, plugin remove: force/f!
plugin set:
plugin upgrade: disable-content-trust! grant-all-permissions! skip-remote-check!
search: filter/f format limit no-trunc!
secret create: driver/d label/l template-driver
secret inspect: format/f pretty!
secret ls, secret list: filter/f format quiet/q!
secret rm, secret remove:
service create: cap-add cap-drop config constraint container-label credential-spec detach/d! dns dns-option dns-search endpoint-mode entrypoint env/e env-file generic-resource group health-cmd health-interval health-retries health-start-interval health-start-period health-timeout host hostname init! isolation label/l limit-cpu limit-memory limit-pids log-driver log-opt max-concurrent mode mount name network no-healthcheck! no-resolve-image! oom-score-adj placement-pref publish/p quiet/q! read-only! replicas replicas-max-per-node reserve-cpu reserve-memory restart-condition restart-delay restart-max-attempts restart-window rollback-delay rollback-failure-action rollback-max-failure-ratio rollback-monitor rollback-order rollback-parallelism secret stop-grace-period stop-signal sysctl tty/t! ulimit update-delay update-failure-action update-max-failure-ratio update-monitor update-order update-parallelism user/u with-registry-auth! workdir/w
service inspect: format/f pretty!
service logs: details! follow/f! no-resolve! no-task-ids! no-trunc! raw! since tail/n timestamps/t!
service ls, service list: filter/f format quiet/q!
service ps: filter/f format no-resolve! no-trunc! quiet/q!
service rm, service remove:
service rollback: detach/d! quiet/q!
service scale: detach/d!
service update: args cap-add cap-drop config-add config-rm constraint-add constraint-rm container-label-add container-label-rm credential-spec detach/d! dns-add dns-option-add dns-option-rm dns-rm dns-search-add dns-search-rm endpoint-mode entrypoint env-add env-rm force! generic-resource-add generic-resource-rm group-add group-rm health-cmd health-interval health-retries health-start-interval health-start-period health-timeout host-add host-rm hostname image init! isolation label-add label-rm limit-cpu limit-memory limit-pids log-driver log-opt max-concurrent mount-add mount-rm network-add network-rm no-healthcheck! no-resolve-image! oom-score-adj placement-pref-add placement-pref-rm publish-add publish-rm quiet/q! read-only! replicas replicas-max-per-node reserve-cpu reserve-memory restart-condition restart-delay restart-max-attempts restart-window rollback! rollback-delay rollback-failure-action rollback-max-failure-ratio rollback-monitor rollback-order rollback-parallelism secret-add secret-rm stop-grace-period stop-signal sysctl-add sysctl-rm tty/t! ulimit-add ulimit-rm update-delay update-failure-action update-max-failure-ratio update-monitor update-order update-parallelism user/u with-registry-auth! workdir/w
stack config: compose-file/c skip-interpolation!
stack deploy, stack up: compose-file/c detach/d! prune! quiet/q! resolve-image with-registry-auth!
stack ls, stack list: format
stack ps: filter/f format no-resolve! no-trunc! quiet/q!
stack rm, stack remove, stack down: detach/d!
stack services: filter/f format quiet/q!
swarm ca: ca-cert ca-key cert-expiry detach/d! external-ca quiet/q! rotate!
swarm init: advertise-addr autolock! availability cert-expiry data-path-addr data-path-port default-addr-pool default-addr-pool-mask-length dispatcher-heartbeat external-ca force-new-cluster! listen-addr max-snapshots snapshot-interval task-history-limit
swarm join: advertise-addr availability data-path-addr listen-addr token
swarm join-token: quiet/q! rotate!
swarm leave: force/f!
swarm unlock:
swarm unlock-key: quiet/q! rotate!
swarm update: autolock! cert-expiry dispatcher-heartbeat external-ca max-snapshots snapshot-interval task-history-limit
system df: format verbose/v!
system events, events: filter/f format since until
system info, info: format/f
system prune: all/a! filter force/f! volumes!
trust inspect: pretty!
trust key generate: dir
trust key load: name
trust revoke: yes/y!
trust sign: local!
trust signer add: key
trust signer remove: force/f!
version: format/f
volume create: availability driver/d group label limit-bytes opt/o required-bytes scope secret sharing topology-preferred topology-required type
volume inspect: format/f
volume ls, volume list: cluster! filter/f format quiet/q!
volume prune: all/a! filter force/f!
volume rm, volume remove: force/f!
volume update: availability
`;
