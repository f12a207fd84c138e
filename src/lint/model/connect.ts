import { maxFeeds, LintTooLarge } from '../bounds.js';
import { hostMatches, portOfService } from '../kubernetes/services.js';
import type { Component, Edge, Feed, Pipeline, Tier } from './deployment.js';
import {
  destinationsOf,
  isLoopback,
  listeningOf,
  resolvesMany,
  type NamedAddress,
  type OpenedServer,
} from './endpoints.js';

/** A server of a receiver that a pipeline has. */
interface ReachableServer extends OpenedServer {
  readonly receiver: Component;
}

/**
 * The exporters that send to a receiver of one of the tiers. A name leads to the tier that has it, by a Service or by
 * its own name; loopback leads to whatever listens at the port. Where no name fits, the port decides among the tiers
 * behind, which are given in the order of the data's way.
 */
export function connect(tiers: readonly Tier[]): Edge[] {
  const servers = tiers.flatMap(serversOf);
  return tiers.flatMap((tier) => edgesFrom(tier, servers));
}

function serversOf({ components, pipelines }: Tier): ReachableServer[] {
  const used = new Set(pipelines.flatMap(({ receivers }) => receivers.map(({ component }) => component)));
  return components
    .filter((component) => component.section === 'receivers' && used.has(component))
    .flatMap((receiver) =>
      listeningOf(receiver)
        .filter(({ server }) => server.speaks !== 'other')
        .map((listening) => ({ ...listening, receiver })),
    );
}

function edgesFrom(tier: Tier, servers: readonly ReachableServer[]): Edge[] {
  const exporters = tier.components.filter(
    ({ section, traits }) => section === 'exporters' && traits.sends !== undefined && traits.sends !== 'other',
  );
  return exporters.flatMap((from) => {
    const isRouted = from.traits.sends === 'routed';
    const speaks = from.traits.sends === 'otlp/http' ? 'otlp/http' : 'otlp/grpc';
    const able = servers.filter(({ server }) => server.speaks === speaks);
    const edges = new Map<Component, Edge>();
    for (const destination of destinationsOf(from))
      for (const { receiver } of reached(tier, destination, able))
        if (!edges.has(receiver)) edges.set(receiver, { from, to: receiver, at: destination.at, isRouted });
    return [...edges.values()];
  });
}

function reached(
  from: Tier,
  { host, port }: NamedAddress,
  servers: readonly ReachableServer[],
): readonly ReachableServer[] {
  const isLocal = host !== undefined && isLoopback(host);
  if (isLocal) return servers.filter((each) => each.port === port || (each.port === undefined && behind(from, each)));
  const owned = servers.filter(({ receiver: { tier } }) => host !== undefined && hostMatches(tier, host));
  const open = owned.filter(
    (each) => each.port === undefined || each.port === portOfService(each.receiver.tier, host, port),
  );
  if (owned.length > 0) return open;
  const later = servers.filter((each) => behind(from, each) && !hasNames(each.receiver.tier) && isReached(each, host));
  return later.filter((each) => each.port === undefined || port === undefined || each.port === port);
}

function behind(from: Tier, { receiver }: ReachableServer): boolean {
  return receiver.tier.index > from.index;
}

/** No other machine reaches what listens on loopback. */
function isReached(each: ReachableServer, host: string | undefined): boolean {
  return host === undefined || each.host === undefined || !isLoopback(each.host);
}

/** Its names are known, so that no other can lead to it. */
function hasNames({ workload }: Tier): boolean {
  return workload !== undefined && workload.services.length > 0;
}

/** Whether an exporter that routes to this tier chooses among more instances than the configurations show. */
export function isChosenAmong(tier: Tier, edges: readonly Edge[]): boolean {
  const routed = edges.filter((edge) => edge.isRouted && edge.to.tier === tier);
  return routed.some(({ from }) => {
    if (resolvesMany(from)) return true;
    const named = destinationsOf(from).length;
    const shown = new Set(edges.filter((edge) => edge.from === from).map(({ to }) => to));
    return named > 1 && named > shown.size;
  });
}

/** The ways into each pipeline. Throws `TooLarge`. */
export function feedsOf(tiers: readonly Tier[], edges: readonly Edge[]): Map<Pipeline, readonly Feed[]> {
  const feeds = new Map<Pipeline, Feed[]>();
  let count = 0;
  const add = (into: Pipeline, feed: Feed): void => {
    if (++count > maxFeeds) throw new LintTooLarge(maxFeeds, 'ways between pipelines');
    feeds.get(into)?.push(feed);
  };
  const pipelines = tiers.flatMap((tier) => tier.pipelines);
  const naming = new Map<Component, { readonly from: Pipeline[]; readonly to: Pipeline[] }>();
  const of = (component: Component): { readonly from: Pipeline[]; readonly to: Pipeline[] } => {
    const found = naming.get(component) ?? { from: [], to: [] };
    naming.set(component, found);
    return found;
  };
  for (const pipeline of pipelines) {
    feeds.set(pipeline, []);
    for (const component of componentsIn(pipeline.exporters)) of(component).from.push(pipeline);
    for (const component of componentsIn(pipeline.receivers)) of(component).to.push(pipeline);
  }
  for (const [connector, { from, to }] of naming)
    if (connector.section === 'connectors')
      for (const into of to) for (const out of from) add(into, { from: out, by: { kind: 'connector', connector } });
  for (const edge of edges)
    for (const into of naming.get(edge.to)?.to ?? [])
      for (const out of naming.get(edge.from)?.from ?? [])
        if (into.signal === out.signal) add(into, { from: out, by: { kind: 'edge', edge } });
  return feeds;
}

function componentsIn(references: Pipeline['receivers']): Set<Component> {
  return new Set(references.flatMap(({ component }) => component ?? []));
}
