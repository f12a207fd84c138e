import type { PartitionKey } from '../../component/define.js';
import type { Signal } from '../../otlp/signal.js';
import type { Spot } from '../setting.js';
import type { Component, DeploymentModel } from './deployment.js';
import { edgesInto, receiversInto, usesIn, type ComponentUse } from './flow.js';
import { setsIdentity } from './identity.js';
import { hasSeveral, isReplicated, wordsOf } from './replicas.js';

/** Items that belong together come to several instances of a tier. */
export interface Split {
  readonly use: ComponentUse;
  readonly at: Spot;
  /** How the items come there, in words that end a sentence. */
  readonly why: string;
}

/** The key by which an exporter chooses an instance for the items of a signal; undefined when it cannot be known. */
export function routingKeyFor(exporter: Component, signal: Signal): string | undefined {
  const key = exporter.config.at('routing_key').textOr('');
  return key === '' ? (signal === 'traces' ? 'traceID' : 'service') : key;
}

/** Which keys keep together what must be. One that is coarser does as well: a service has whole resources. */
const keeping: Readonly<Record<PartitionKey, ReadonlySet<string>>> = {
  trace: new Set(['traceID']),
  service: new Set(['service']),
  resource: new Set(['service', 'resource']),
  stream: new Set(['service', 'resource', 'streamID', 'metric']),
};

/** Whether the items that must be together reach one instance, for all that is known. */
export function keepsWhole(exporter: Component, signal: Signal, whole: PartitionKey): boolean {
  const key = routingKeyFor(exporter, signal);
  if (key === undefined || keeping[whole].has(key)) return true;
  if (key !== 'attributes') return false;
  // By what its name says, an attribute of a resource is the same for all that the resource has.
  const names = exporter.config
    .at('routing_attributes')
    .items()
    .map((item) => item.textOr(''));
  return whole !== 'trace' && names.every((name) => name === undefined || /^(?:service|k8s|host|cloud)\./.test(name));
}

/** Each use of a component that needs `whole` in a tier of several instances, and how its items are split. */
export function splitsOf(deployment: DeploymentModel, whole: PartitionKey): Split[] {
  const found = new Map<string, Split>();
  const seen = new Map<object, number>();
  const number = (object: object): number => {
    const known = seen.get(object) ?? seen.size;
    seen.set(object, known);
    return known;
  };
  for (const use of usesIn(deployment, 'processors', 'exporters')) {
    const { component } = use;
    const isOwn = component.section === 'processors' || component.section === 'connectors';
    if (!isOwn || component.traits.needsWhole !== whole || !hasSeveral(component.tier.replicas)) continue;
    if (whole === 'stream' && hasOwnStreams(use)) continue;
    for (const { at, why } of waysTo(deployment, use, whole)) {
      const key = `${number(component)} ${number(at.place)}`;
      if (!found.has(key)) found.set(key, { use, at, why });
    }
  }
  return [...found.values()];
}

/** Every stream of the pipeline is counted by its instance, and has an attribute that tells instances apart. */
function hasOwnStreams({ pipeline }: ComponentUse): boolean {
  return pipeline.receivers.every(({ component }) => component?.traits.counts === true) && setsIdentity(pipeline);
}

function waysTo(
  deployment: DeploymentModel,
  { component, pipeline }: ComponentUse,
  whole: PartitionKey,
): { at: Spot; why: string }[] {
  const { tier } = component;
  const edges = edgesInto(deployment, pipeline);
  const how = wordsOf(tier.replicas);
  if (edges.length === 0) {
    const isReceiving = receiversInto(deployment, pipeline).some(({ traits }) => traits.servers !== undefined);
    // The data of a program on a node is all there.
    const isSplit = isReceiving && (isReplicated(tier.replicas) || whole !== 'stream');
    return isSplit ? [{ at: component, why: `senders give their items to any of ${how}` }] : [];
  }
  return edges.flatMap(({ edge: { from, at, isRouted }, from: { signal } }) => {
    if (!isRouted) return [{ at, why: `${JSON.stringify(from.id)} sends to any of ${how}` }];
    if (keepsWhole(from, signal, whole)) return [];
    const key = from.config.at('routing_key');
    const by = routingKeyFor(from, signal);
    return [{ at: key.isSet ? key : from, why: `${JSON.stringify(from.id)} routes ${signal} by ${by} to ${how}` }];
  });
}
