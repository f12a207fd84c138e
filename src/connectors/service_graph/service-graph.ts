import { every } from '../../component/clock.js';
import { ConfigValueError } from '../../component/config-value-error.js';
import type { Consumer } from '../../component/consumer.js';
import type { Connector, ConnectorContext } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { ComponentLedger } from '../../component/ledger.js';
import type { Counter } from '../../component/telemetry.js';
import { inTurns, resultInTurns } from '../../component/turn.js';
import { MemoryBound } from '../../aggregation/memory-bound.js';
import { Values } from '../../aggregation/values.js';
import { Drain } from '../../delivery/drain.js';
import { Outbox } from '../../delivery/outbox.js';
import type { Batch } from '../../otlp/batch.js';
import type { InPieces } from '../../otlp/work.js';
import { memoryLimit } from '../../runtime/memory/budget.js';
import { countHeld } from '../../runtime/memory/held.js';
import { cleanUp, mostValues } from './clean-up.js';
import type { Config } from './config.js';
import { Edges } from './edges.js';
import { gatedBy } from './gates.js';
import { histogramsOf } from './histograms.js';
import { Pages } from './pages.js';
import { Pairing } from './pairing.js';
import { EdgeSeries } from './edge-series.js';
import { SpanOutcomes, place } from './outcomes.js';
import { metrics } from './telemetry.js';
import { Texts } from './texts.js';
import { AttributeNames, SpanWalk, type WalkParts } from './walk.js';

/** Spans that are read, and edges that expire, in one piece of work: some milliseconds. */
const spansAtOnce = 2048;
const edgesAtOnce = 2048;
/** Walks over batches that are kept for the next ones. */
const mostIdle = 16;
/** The share of the memory limit for edges and series when `max_bytes` is not set. */
const memoryShare = 1 / 16;
const defaultCacheLoopMs = 60_000;
const defaultExpirationMs = 2000;
/** Where the books hold points that are on their way. */
const sending = 'sending';
/** Between two lines about spans or series without room, milliseconds. */
const warnEveryMs = 60_000;

/** Counts requests between services from the spans on both sides (docs/spec/gateway.md#service-graph). */
export class ServiceGraph implements Connector {
  readonly #config: Config;
  readonly #context: ConnectorContext;
  readonly #books: ComponentLedger;
  readonly #outcomes: SpanOutcomes = new SpanOutcomes();
  readonly #pairing: Pairing;
  readonly #series: EdgeSeries;
  readonly #pages: Pages;
  readonly #outbox: Outbox;
  readonly #drain: Drain = new Drain();
  readonly #walkParts: WalkParts;
  /** Not in use. */
  readonly #idle: SpanWalk[] = [];
  readonly #memory: () => number;
  readonly #droppedSpans: Counter;
  readonly #unobserve: readonly (() => void)[];
  #timers: readonly (() => void)[] = [];
  #expiring: Promise<void> | undefined;
  #cleaning: Promise<void> | undefined;
  #flushing: Promise<void> | undefined;
  #flushAgain = false;
  /** A new series has found no room since the last clean-up. */
  #isCrowded = false;
  #warnedAt = -Infinity;
  #ending: Promise<void> | undefined;

  constructor(config: Config, context: ConnectorContext, next: Consumer) {
    this.#config = config;
    this.#context = context;
    const { id, meter, ledger, logger, clock } = context;
    const memory = memoryLimit().bytes;
    if (config.max_bytes > memory)
      throw new ConfigValueError(`is ${config.max_bytes}, and the memory limit is ${memory} bytes`, ['max_bytes']);
    if (config.database_name_attribute !== '')
      logger.warn('`database_name_attribute` is deprecated, use `database_name_attributes`');
    const bound = new MemoryBound(config.max_bytes || memory * memoryShare);
    const values = new Values(bound);
    const texts = new Texts(values, bound);
    const columns = config.dimensions.length * 2;
    const gated = gatedBy(context.gates);
    const client = histogramsOf(config, bound, gated);
    const server = histogramsOf(config, bound, gated);
    this.#books = ledger.component(id, 'traces');
    const edges = new Edges({ values, bound, limit: config.store.max_items, dimensions: columns });
    const series = (this.#series = new EdgeSeries({
      ...{ values, bound, client, server, dimensions: columns, limit: config.aggregation_cardinality_limit },
      refused: () => void (this.#isCrowded = true),
    }));
    const peers = config.virtual_node_peer_attributes;
    const totalEdges = meter.counter(metrics.totalEdges, {});
    const expiredEdges = meter.counter(metrics.expiredEdges, {});
    this.#droppedSpans = meter.counter(metrics.droppedSpans, {});
    this.#pairing = new Pairing({
      ...{ edges, values, outcomes: this.#outcomes, ttlMs: config.store.ttl },
      virtual:
        gated.virtualNodes && peers.length > 0
          ? { user: texts.keep('user'), unknown: texts.keep('unknown') }
          : undefined,
      complete: (edge, side) => series.observe(edges, edge, side, clock.now(), clock.unixMs()),
      opened: () => totalEdges.add(1),
      expired: () => expiredEdges.add(1),
      refused: () => this.#refused(),
    });
    const databases = config.database_name_attributes;
    const database = config.database_name_attribute;
    this.#walkParts = {
      ...{ pairing: this.#pairing, texts, outcomes: this.#outcomes, now: () => clock.now() },
      nanosPerUnit: gated.nanosPerUnit,
      names: new AttributeNames(config.dimensions, database === '' ? databases : [database, ...databases], peers),
    };
    this.#pages = new Pages({
      ...{ series, values, client, server, gated, dimensions: config.dimensions },
      exponential: config.exponential_histogram_max_size > 0,
      virtualLabel: config.virtual_node_extra_label,
      instanceId: config.collector_instance_id,
      offsetMs: config.metrics_timestamp_offset,
    });
    const points = ledger.component(id, 'metrics');
    this.#outbox = new Outbox({
      ...{ context, next, books: points, drain: this.#drain, place: sending },
      make: () => {
        const batch = this.#pages.next();
        if (!batch) return undefined;
        points.created(batch.itemCount);
        points.held(batch.itemCount, sending);
        return batch;
      },
    });
    this.#memory = () =>
      values.reservedBytes + edges.reservedBytes + series.reservedBytes + client.reservedBytes + server.reservedBytes;
    const labels = { connector: id };
    this.#unobserve = [
      meter.observe(metrics.pendingEdges, labels, () => edges.count),
      meter.observe(metrics.series, labels, () => series.table.count),
      meter.observe(metrics.bytes, labels, () => bound.used),
    ];
  }

  start(): void {
    const { clock } = this.#context;
    const { cache_loop: cacheLoop, store_expiration_loop: expiration, metrics_flush_interval: flush } = this.#config;
    this.#timers = [
      countHeld(this.#memory),
      every(clock, expiration > 0 ? expiration : defaultExpirationMs, () => this.#expire()),
      every(clock, cacheLoop > 0 ? cacheLoop : defaultCacheLoopMs, () => this.#cleanUp()),
      ...(flush > 0 ? [every(clock, flush, () => this.#flush())] : []),
    ];
  }

  async consume(batch: Batch): Promise<void> {
    const items = batch.itemCount;
    if (items === 0) return;
    this.#books.in(items);
    this.#books.held(items, place.reading);
    const walk = this.#idle.pop() ?? new SpanWalk(this.#walkParts);
    let left = items;
    try {
      const indexing = batch.indexing();
      if (indexing) await inTurns(indexing);
      walk.open(batch);
      await resultInTurns(this.#readInPieces(walk, (read) => (left -= read)));
      walk.close();
    } catch (error) {
      // A defect; the walk is not used again.
      const failure = DeliveryError.from(error);
      this.#books.held(-left, place.reading);
      this.#books.returned(left, failure.reason);
      throw failure;
    }
    if (this.#idle.length < mostIdle) this.#idle.push(walk);
    if (this.#config.metrics_flush_interval <= 0) this.#flush();
  }

  shutdown(deadline: AbortSignal): Promise<void> {
    return (this.#ending ??= this.#end(deadline));
  }

  /** @param done - is given the number of spans of each piece that have their outcome */
  *#readInPieces(walk: SpanWalk, done: (read: number) => void): InPieces<void> {
    for (;;) {
      try {
        walk.next(spansAtOnce);
      } finally {
        this.#outcomes.book(this.#books, walk.read);
        done(walk.read);
      }
      if (walk.read < spansAtOnce) return;
      yield;
    }
  }

  #expire(): void {
    this.#expiring ??= resultInTurns(this.#expireInPieces(() => this.#context.clock.now())).finally(
      () => (this.#expiring = undefined),
    );
  }

  *#expireInPieces(now: () => number): InPieces<void> {
    while (this.#pairing.expire(now(), edgesAtOnce)) {
      this.#outcomes.book(this.#books, 0);
      yield;
    }
    this.#outcomes.book(this.#books, 0);
  }

  /** A flush that is under way has its place in the series, so that none is deleted meanwhile. */
  #cleanUp(): void {
    if (this.#flushing || this.#cleaning) return;
    this.#cleaning = resultInTurns(this.#cleanUpInPieces()).finally(() => (this.#cleaning = undefined));
  }

  *#cleanUpInPieces(): InPieces<void> {
    const wasCrowded = this.#isCrowded;
    this.#isCrowded = false;
    if (wasCrowded) yield* this.#warnCrowded();
    yield* cleanUp(this.#series, this.#context.clock.now());
  }

  /** Names the label whose values are to blame. */
  *#warnCrowded(): InPieces<void> {
    const labels = [
      'client',
      'server',
      ...this.#config.dimensions.flatMap((name) => [`client_${name}`, `server_${name}`]),
    ];
    const { column, values } = yield* mostValues(this.#series, labels.length);
    this.#context.logger.warn('Edges of new series are counted together, as there is no room for more series', {
      series: this.#series.table.count,
      label: labels[column],
      values,
    });
  }

  /** Sends all series. Spans that come while a flush is under way are in the next one. */
  #flush(): void {
    if (this.#flushing) {
      this.#flushAgain = this.#config.metrics_flush_interval <= 0;
      return;
    }
    this.#flushing = this.#sendAll().finally(() => {
      this.#flushing = undefined;
      if (!this.#flushAgain || this.#ending) return;
      this.#flushAgain = false;
      this.#flush();
    });
  }

  async #sendAll(): Promise<void> {
    await this.#cleaning;
    this.#pages.begin(this.#context.clock.unixMs());
    await this.#outbox.idle();
  }

  #refused(): void {
    this.#droppedSpans.add(1);
    const now = this.#context.clock.now();
    if (now < this.#warnedAt + warnEveryMs) return;
    this.#warnedAt = now;
    this.#context.logger.warn('A span is dropped, as too many edges wait for their other half', {
      edges: this.#pairing.edges.count,
    });
  }

  /** No span comes any more, so that what waits will not be complete. */
  async #end(deadline: AbortSignal): Promise<void> {
    for (const stop of this.#timers) stop();
    this.#drain.begin(deadline);
    await this.#flushing;
    await this.#expiring;
    await resultInTurns(this.#expireInPieces(() => Infinity));
    await this.#sendAll();
    for (const stop of this.#unobserve) stop();
  }
}
