import { afterEach, expect } from 'vitest';
import type { Receiver } from '../../src/component/define.js';
import type { ElectionCandidate } from '../../src/component/leader-election.js';
import type { Batch } from '../../src/otlp/batch.js';
import { jsonText } from '../../src/otlp/json/encode.js';
import { config } from '../../src/receivers/k8s_cluster/config.js';
import { definition } from '../../src/receivers/k8s_cluster/index.js';
import { heldWorld, type HeldWorld } from './held-world.js';
import { hostWith } from './host.js';
import { clusterAccess } from './cluster-access.js';
import type { ApiObject, KubernetesApi } from './kubernetes-api.js';

const stops: (() => unknown)[] = [];

/** Call it in each test file. */
export function stopClusterWorlds(): void {
  afterEach(async () => {
    for (const stop of stops.splice(0).toReversed()) await stop();
  });
}

/** A receiver of metrics of the cluster under test. */
export interface RunningCluster {
  readonly receiver: Receiver;
  readonly world: HeldWorld;
  readonly reports: string[];
  /** The points of each collection, `name{attributes} of resource = value`; sorted by name. */
  readonly collections: string[][];
  batches: number;
  /** The last collection. */
  readonly last: readonly string[];
  until(probe: () => boolean): Promise<void>;
}

/** The API of a cluster, and what runs against it. */
export interface ClusterWorld {
  readonly api: KubernetesApi;
  run(options?: object, elector?: { join(candidate: ElectionCandidate): () => Promise<void> }): Promise<RunningCluster>;
}

export async function clusterWorld(): Promise<ClusterWorld> {
  const { api, options: access } = await clusterAccess(stops);
  return {
    api,
    async run(options = {}, elector) {
      const held = heldWorld({ signal: 'metrics', id: 'k8s_cluster' });
      const reports: string[] = [];
      const collections: string[][] = [];
      const times = new Map<string, string[]>();
      const running: RunningCluster = {
        receiver: await definition.create(
          config.parse({ ...access, ...options }),
          { ...held.context, kind: 'receiver' },
          {
            async consume(batch) {
              running.batches++;
              for (const [time, series] of pointsOf(batch)) {
                let all = times.get(time);
                if (!all) times.set(time, (all = collections[collections.push([]) - 1] ?? []));
                all.push(series);
              }
            },
          },
        ),
        ...{ world: held, reports, collections, batches: 0 },
        get last() {
          return (collections.at(-1) ?? []).toSorted();
        },
        until: (probe) =>
          expect
            .poll(async () => {
              await held.clock.pass(500);
              return probe();
            })
            .toBe(true),
      };
      await running.receiver.start?.(
        hostWith(elector ? { elector: { offers: { leader_election: elector } } } : {}, {}, reports),
      );
      stops.push(() => running.receiver.shutdown?.(AbortSignal.abort()));
      return running;
    },
  };
}

interface JsonPoint {
  readonly timeUnixNano: string;
  readonly asInt?: string;
  readonly asDouble?: number;
  readonly attributes?: readonly JsonAttribute[];
}

interface JsonAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface JsonMetric {
  readonly name: string;
  readonly unit?: string;
  readonly gauge?: { readonly dataPoints: readonly JsonPoint[] };
  readonly sum?: { readonly dataPoints: readonly JsonPoint[]; readonly isMonotonic?: boolean };
}

const text = (attributes: readonly JsonAttribute[] = []): string =>
  attributes.map(({ key, value }) => `${key}=${String(Object.values(value)[0])}`).join(' ');

function pointsOf(batch: Batch): (readonly [time: string, series: string])[] {
  const { resourceMetrics } = JSON.parse(jsonText('metrics', batch.bytes)) as {
    readonly resourceMetrics: readonly {
      readonly resource: { readonly attributes?: readonly JsonAttribute[] };
      readonly scopeMetrics: readonly { readonly metrics: readonly JsonMetric[] }[];
    }[];
  };
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap((metric) =>
        (metric.gauge ?? metric.sum)!.dataPoints.map((point): readonly [string, string] => [
          point.timeUnixNano,
          `${metric.name}{${text(point.attributes)}} = ${point.asInt ?? point.asDouble} | ${text(resource.attributes)}`,
        ]),
      ),
    ),
  );
}

/** The values by metric and attributes. */
export const valuesOf = (series: readonly string[], part = ''): string[] =>
  series.filter((each) => each.includes(part)).map((each) => (each.split(' | ')[0] ?? '').replace('{}', ''));

/** Metadata of an object. */
export const metaOf = (name: string, namespace?: string): ApiObject['metadata'] => ({
  name,
  uid: `uid-${name}`,
  ...(namespace !== undefined && { namespace }),
});
