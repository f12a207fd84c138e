import { key } from '../../otlp/view/key.js';
import type { Range } from '../../otlp/view/range.js';
import type { ResourceView } from '../../otlp/view/resource.js';
import { ValueView } from '../../otlp/view/value.js';
import type { WriterJudge } from './judge.js';

/** Why a stream most likely has several writers. */
export type Cause =
  | 'clock_skew'
  | 'restart_overlap'
  | 'same_points_twice'
  | 'attributes_dropped'
  | 'start_time_kept'
  | 'host_metrics_twice'
  | 'scraped_twice'
  | 'split_aggregation'
  | 'no_instance_identity'
  | 'shared_instance_identity';

interface Explanation {
  /** One sentence. */
  readonly why: string;
  readonly remedy: string;
}

export const causes: Readonly<Record<Cause, Explanation>> = {
  clock_skew: {
    why: 'The clocks of the writers differ.',
    remedy: 'Synchronize the clocks; if both writers go on, give each of them a service.instance.id as well.',
  },
  restart_overlap: {
    why: 'An instance was replaced, and both wrote for a while under one identity.',
    remedy: 'Give each process its own service.instance.id, or stop the old one before the new one starts.',
  },
  same_points_twice: {
    why: 'The same points arrive by two ways.',
    remedy: 'Send each metric to one gateway only, and remove the second exporter or the second pipeline.',
  },
  attributes_dropped: {
    why: 'One request has several points of one stream: attributes that distinguished them were removed on the way.',
    remedy: 'Keep the attributes, or aggregate where they are removed (metrics_transform with aggregate_labels).',
  },
  start_time_kept: {
    why: 'A counter fell while its start time stayed: it was reset, or two processes share an address and a start.',
    remedy: 'Let the sender set the start time at each reset, and give each process its own service.instance.id.',
  },
  host_metrics_twice: {
    why: 'Two collectors write the metrics of a host under one host identity.',
    remedy: 'Collect host metrics in one agent on each host, with host.name or host.id, not in a replicated gateway.',
  },
  scraped_twice: {
    why: 'Two replicas scrape the same target.',
    remedy: 'Divide the targets between the replicas (hashmod), or scrape in one of them.',
  },
  split_aggregation: {
    why: 'Several gateways count parts of the same series.',
    remedy:
      'Route to one owner before it is counted (load_balancing with routing_key service), or keep ' +
      'collector.instance.id and sum over it.',
  },
  no_instance_identity: {
    why: 'Several instances of a service have the same resource, which has no attribute of the instance.',
    remedy: 'Set service.instance.id in each process, or add k8s.pod.uid or host.name near it.',
  },
  shared_instance_identity: {
    why: 'Several instances share the attribute that should tell them apart.',
    remedy: 'Make service.instance.id unlike for each process; an image or a template may have fixed it.',
  },
};

/** Attributes that tell the instances of a service, or hosts, apart. */
const instanceKeys = [
  ...['service.instance.id', 'host.id', 'host.name', 'k8s.pod.uid', 'k8s.pod.name', 'container.id'],
  ...['k8s.node.name', 'k8s.node.uid', 'process.pid', 'collector.instance.id', 'faas.instance'],
].map(key);
/** A smaller difference of two clocks is the way that points take, milliseconds. */
const leastSkewMs = 10_000;

/** The kind of component that wrote a metric; `none`: an application. */
export type MetricOrigin = Extract<Cause, 'host_metrics_twice' | 'scraped_twice' | 'split_aggregation'> | 'none';

const ofScopes: readonly (readonly [part: string, origin: MetricOrigin])[] = [
  ['receiver/hostmetricsreceiver', 'host_metrics_twice'],
  ['receiver/prometheusreceiver', 'scraped_twice'],
  ['spanmetricsconnector', 'split_aggregation'],
  ['connector/countconnector', 'split_aggregation'],
  ['connector/sumconnector', 'split_aggregation'],
  ['connector/signaltometricsconnector', 'split_aggregation'],
  ['connector/servicegraphconnector', 'split_aggregation'],
  ['traces_service_graph', 'split_aggregation'],
];
const ofNames: readonly (readonly [start: string, origin: MetricOrigin])[] = [
  ['system.', 'host_metrics_twice'],
  ['traces.span.metrics.', 'split_aggregation'],
  ['traces_service_graph_', 'split_aggregation'],
];
/** The connector whose points have the interval from the earliest to the latest of the items of a request. */
const ofItems = 'connector/countconnector';
/** Bytes of a scope's name that are looked at. */
const mostName = 256;

/** The kind of component that wrote a metric, by its scope and its name. Makes strings: for violations only. */
export function originOf(scope: Range, metric: Range): MetricOrigin {
  const text = beginning(scope);
  const name = beginning(metric);
  const byScope = ofScopes.find(([part]) => text.includes(part));
  return (byScope ?? ofNames.find(([start]) => name.startsWith(start)))?.[1] ?? 'none';
}

/** Whether changes of a scope have the interval of the items that they count. Makes a string. */
export function hasItemIntervals(scope: Range): boolean {
  return beginning(scope).includes(ofItems);
}

function beginning({ bytes, start, end }: Range): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.min(end - start, mostName)).toString();
}

const value = new ValueView();

/** Whether a resource says which instance it is. */
export function hasInstance(resource: ResourceView): boolean {
  return instanceKeys.some((each) => resource.attribute(each, value));
}

/**
 * The likely cause of a violation. `skewMs`: by how much the clock of the stream's owner seems to be ahead of that of
 * the point's writer.
 */
export function causeOf(
  { violation, isRestart, isOneRequest, overlapMs, other }: WriterJudge,
  skewMs: number,
  origin: MetricOrigin,
  isInstance: boolean,
): Cause {
  const isSkewed = Math.abs(skewMs) >= leastSkewMs;
  if (violation === 'repeated_by_another') return 'same_points_twice';
  if (violation === 'conflicting_value' && other === 0 && isOneRequest) return 'attributes_dropped';
  if (violation === 'counter_fell' && other === 0) return 'start_time_kept';
  if (isSkewed && (violation === 'out_of_order' || (violation === 'overlapping_start' && skewMs >= overlapMs)))
    return 'clock_skew';
  if (isRestart) return 'restart_overlap';
  if (origin !== 'none') return origin;
  return isInstance ? 'shared_instance_identity' : 'no_instance_identity';
}
