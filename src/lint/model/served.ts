import { portNamed } from '../kubernetes/services.js';
import type { Setting } from '../setting.js';
import type { Tier } from './deployment.js';
import { listeningOf } from './endpoints.js';
import { runningIn } from './flow.js';

/** Where own metrics are shown unless something else is said. */
const ownMetricsPort = 8888;

/** The ports that an instance of a tier opens; undefined when one of them cannot be known. */
export function servedPorts(tier: Tier): ReadonlySet<number> | undefined {
  // Another container of the pod may open any.
  const containers = tier.workload?.spec.at('template', 'spec', 'containers').items() ?? [];
  if (containers.length > 1) return undefined;
  const running = runningIn(tier);
  // Of a type that is not known, nor are its servers.
  const isKnown = running.every(({ section, traits }) => section !== 'receivers' || Object.keys(traits).length > 0);
  const ports = running.flatMap(listeningOf).map(({ port }) => port);
  const readers = tier.service.at('telemetry', 'metrics', 'readers').items();
  const own = readers.map((reader) => reader.at('pull', 'exporter', 'prometheus', 'port').numberOr(ownMetricsPort));
  const all = [...ports, ...own, ownMetricsPort];
  return isKnown && all.every((port) => port !== undefined) ? new Set(all) : undefined;
}

/** A port of a container, by its number or its name. */
export function containerPort({ workload }: Tier, at: Setting): number | undefined {
  const text = at.textOr(undefined);
  return workload === undefined || text === undefined ? undefined : portNamed(workload, text);
}
