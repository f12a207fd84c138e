import { emptyContext } from '../../component/consumer.js';
import { resultInTurns } from '../../component/turn.js';
import { MetricPage } from '../../intake/scrape/metric-page.js';
import { Ticker } from '../../intake/scrape/ticker.js';
import type { ObjectReading } from '../../kubernetes/cluster.js';
import type { ClusterKind, OpenKind, ResourceValues } from './cluster-kind.js';
import type { Config } from './config.js';
import { openshiftKinds, optionalKinds, usualKinds } from './kinds/all.js';
import { readObjects, type ClusterUid, type ReportParts } from './reading.js';

const scopeName = 'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/k8sclusterreceiver';
const schemaUrl = 'https://opentelemetry.io/schemas/1.18.0';
/** Bytes of a batch: a large cluster is sent in several. */
const mostBatch = 1 << 20;

/** A kind, and how many of its lists have not been read to their end. */
interface KnownKind {
  readonly open: OpenKind;
  unread: number;
}

/** Keeps the objects of the cluster known, and sends their metrics at each interval, while this process reports. */
export class ClusterReport {
  readonly #parts: ReportParts;
  readonly #page: MetricPage;
  readonly #kinds: readonly KnownKind[];
  readonly #readings: readonly ObjectReading[];
  readonly #ticker: Ticker;
  #resource: ResourceValues = [];
  #clusterUid: ClusterUid = { kind: 'unread' };
  #isOver = false;

  constructor(config: Config, parts: ReportParts) {
    const { clock, buildInfo } = parts.context;
    this.#parts = parts;
    const wanted = new Set(
      Object.entries(config.resource_attributes).flatMap(([name, { enabled }]) => (enabled ? [name] : [])),
    );
    this.#page = new MetricPage((builder) => {
      builder.resource(schemaUrl);
      if (this.#clusterUid.kind === 'known') builder.attribute('k8s.cluster.uid', this.#clusterUid.uid);
      for (const [name, value] of this.#resource)
        if (value !== undefined && value !== '' && wanted.has(name)) builder.attribute(name, value);
      builder.scope(scopeName, buildInfo.version);
    });
    this.#page.start = clock.unixMs();
    const kinds: KnownKind[] = [];
    this.#kinds = kinds;
    this.#readings = readObjects(
      config,
      parts,
      (read, namespaces) => {
        for (const kind of kindsOf(config, namespaces)) {
          const places = kind.isNamespaced && namespaces.length > 0 ? namespaces : [''];
          const open = this.#open(kind, config);
          const sources = [{ resource: kind.resource, objects: open }, ...(open.beside ? [open.beside] : [])];
          const known: KnownKind = { open, unread: places.length * sources.length };
          kinds.push(known);
          for (const { resource, objects } of sources)
            for (const namespace of places) {
              let isRead = false;
              read(
                resource,
                { namespace },
                {
                  upsert: (uid, object) => objects.upsert(uid, object),
                  remove: (uid) => objects.remove(uid),
                  synced() {
                    if (!isRead) known.unread--;
                    isRead = true;
                  },
                },
              );
            }
        }
      },
      (read) => (this.#clusterUid = read),
    );
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

  async #collect(): Promise<void> {
    if (this.#clusterUid.kind === 'unread') return;
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

/** Some kinds are read only if one of their metrics is on. */
function kindsOf({ distribution, metrics: switches }: Config, namespaces: readonly string[]): readonly ClusterKind[] {
  const kinds = distribution === 'openshift' ? [...usualKinds, ...openshiftKinds] : usualKinds;
  const isWanted = ({ metrics }: ClusterKind): boolean => metrics.some(({ name }) => switches[name]?.enabled === true);
  return [...kinds, ...optionalKinds.filter(isWanted)].filter(
    ({ isNamespaced }) => isNamespaced || namespaces.length === 0,
  );
}
