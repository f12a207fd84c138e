import { Cancellation } from '../../component/cancellation.js';
import { emptyContext } from '../../component/consumer.js';
import type { SignalContext } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import type { StatusParts } from '../../component/status-parts.js';
import { resultInTurns } from '../../component/turn.js';
import type { ReceiverEntry } from '../../intake/receiver-entry.js';
import { MetricPage } from '../../intake/scrape/metric-page.js';
import { Ticker } from '../../intake/scrape/ticker.js';
import type { Cluster, ObjectReading } from '../../kubernetes/cluster.js';
import type { Subscriber } from '../../kubernetes/watcher.js';
import type { ClusterKind, OpenKind, ResourceValues } from './cluster-kind.js';
import type { Config } from './config.js';
import { openshiftKinds, usualKinds } from './kinds/all.js';

const scopeName = 'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/k8sclusterreceiver';
const schemaUrl = 'https://opentelemetry.io/schemas/1.18.0';
/** Bytes of a batch: a large cluster is sent in several. */
const mostBatch = 1 << 20;

/** A kind, and how many of its lists have not been read to their end. */
interface KnownKind {
  readonly open: OpenKind;
  unread: number;
}

export interface ReportParts {
  readonly context: SignalContext;
  readonly cluster: Cluster;
  readonly status: StatusParts;
  readonly entry: ReceiverEntry;
  /** Cancels what is under way in the pipelines. */
  readonly over: Cancellation;
}

/** Keeps the objects of the cluster known, and sends their metrics at each interval, while this process reports. */
export class ClusterReport {
  readonly #parts: ReportParts;
  readonly #page: MetricPage;
  readonly #kinds: readonly KnownKind[];
  readonly #readings: readonly ObjectReading[];
  readonly #ticker: Ticker;
  #resource: ResourceValues = [];
  #isOver = false;

  constructor(config: Config, parts: ReportParts) {
    const { clock, buildInfo } = parts.context;
    this.#parts = parts;
    const wanted = new Set(
      Object.entries(config.resource_attributes).flatMap(([name, { enabled }]) => (enabled ? [name] : [])),
    );
    this.#page = new MetricPage((builder) => {
      builder.resource(schemaUrl);
      for (const [name, value] of this.#resource)
        if (value !== undefined && value !== '' && wanted.has(name)) builder.attribute(name, value);
      builder.scope(scopeName, buildInfo.version);
    });
    this.#page.start = clock.unixMs();
    const namespaces = config.namespace === '' ? config.namespaces : [config.namespace];
    const readings: ObjectReading[] = [];
    this.#kinds = kindsOf(config, namespaces).map((kind) => {
      const places = kind.isNamespaced && namespaces.length > 0 ? namespaces : [''];
      const known: KnownKind = { open: this.#open(kind, config), unread: places.length };
      for (const namespace of places) {
        const selection = { resource: kind.resource, namespace, labels: '', fields: '' };
        readings.push(parts.cluster.read(selection, this.#subscriber(kind, known, namespace)));
      }
      return known;
    });
    this.#readings = readings;
    this.#ticker = new Ticker(clock, config.collection_interval, config.initial_delay, () => this.#collect());
    this.#ticker.start();
  }

  /** Sends no further batch; resolves when the last one has an answer. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#ticker.stop();
    await Promise.all(this.#readings.map((reading) => reading.release()));
  }

  #open(kind: ClusterKind, config: Config): OpenKind {
    return kind.open({
      page: this.#page,
      switches: config.metrics,
      conditions: config.node_conditions_to_report,
      allocatable: config.allocatable_types_to_report,
      resource: (values) => (this.#resource = values),
    });
  }

  #subscriber(kind: ClusterKind, known: KnownKind, namespace: string): Subscriber {
    const { context, status: parts } = this.#parts;
    const { clock, logger } = context;
    const { plural } = kind.resource;
    const status = new FailureStatus(clock, parts.part(namespace === '' ? plural : `${plural} of ${namespace}`));
    let isRead = false;
    let said: string | undefined;
    return {
      upsert: (uid, object) => known.open.upsert(uid, object),
      remove: (uid) => known.open.remove(uid),
      synced() {
        if (!isRead) known.unread--;
        isRead = true;
        said = undefined;
        status.succeeded();
      },
      failed(error) {
        logger[said === error.message ? 'debug' : 'error'](
          'Objects of the cluster cannot be read; what is known stays',
          {
            resource: plural,
            ...(namespace !== '' && { namespace }),
            error: error.message,
          },
        );
        said = error.message;
        status.failed(error);
      },
    };
  }

  async #collect(): Promise<void> {
    const { context, entry, over } = this.#parts;
    this.#page.now = context.clock.unixMs();
    const objects = this.#objects();
    for (let isDone = false; !isDone && !this.#isOver;) {
      isDone = await resultInTurns(this.#fill(objects));
      const batch = await this.#page.finish();
      if (batch) await entry.submit(batch, { ...emptyContext, signal: over });
    }
  }

  /** Writes objects until a batch is full; resolves with whether these were the last ones. */
  *#fill(objects: Iterator<void>): Generator<void, boolean, undefined> {
    while (this.#page.builder.size < mostBatch) {
      if (objects.next().done === true) return true;
      yield;
    }
    return false;
  }

  /** All objects of the kinds that have been read. */
  *#objects(): Generator<void, void, undefined> {
    for (const { open, unread } of this.#kinds) if (unread === 0) yield* open.write();
  }
}

function kindsOf({ distribution }: Config, namespaces: readonly string[]): readonly ClusterKind[] {
  const kinds = distribution === 'openshift' ? [...usualKinds, ...openshiftKinds] : usualKinds;
  return namespaces.length === 0 ? kinds : kinds.filter(({ isNamespaced }) => isNamespaced);
}
