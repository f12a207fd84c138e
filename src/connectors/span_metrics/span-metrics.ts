import { randomUUID } from 'node:crypto';
import { every } from '../../component/clock.js';
import { ConfigValueError } from '../../component/config-value-error.js';
import type { Consumer } from '../../component/consumer.js';
import type { Connector, ConnectorContext } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { ComponentLedger } from '../../component/ledger.js';
import type { Counter } from '../../component/telemetry.js';
import { inTurns } from '../../component/turn.js';
import { Drain } from '../../delivery/drain.js';
import type { Batch } from '../../otlp/batch.js';
import { memoryLimit } from '../../runtime/memory/budget.js';
import { countHeld } from '../../runtime/memory/held.js';
import type { Config } from './config.js';
import { Flusher } from './flusher.js';
import type { FlushRules } from './flush-walk.js';
import { Overflow } from './overflow.js';
import { planOf } from './plan.js';
import { SpanSeries } from './span-series.js';
import { metrics } from './telemetry.js';
import { Walk } from './walk.js';

/** The share of the memory limit that series may take when `max_series_bytes` is not set. */
const seriesShare = 1 / 8;
/** Walks over batches that are kept for the next ones. */
const mostIdle = 4;

/** Counts spans in series, and hands the metrics of these on at intervals. */
export class SpanMetrics implements Connector {
  readonly #config: Config;
  readonly #context: ConnectorContext;
  readonly #books: ComponentLedger;
  readonly #flusher: Flusher;
  readonly #drain: Drain = new Drain();
  readonly #skipped: Counter;
  readonly #maxBytes: number;
  /** The options that shape the series themselves; only with equal ones can series be handed on. */
  readonly #shape: string;
  #series: SpanSeries;
  #overflow: Overflow;
  /** Not in use. */
  #idle: Walk[] = [];
  /** Batches that are being counted. */
  readonly #counting: Set<Promise<void>> = new Set();
  #stopFlushes: (() => void) | undefined;
  #stopObserving: readonly (() => void)[] = [];
  #flushing: Promise<void> | undefined;
  #ending: Promise<void> | undefined;

  constructor(config: Config, context: ConnectorContext, next: Consumer) {
    this.#config = config;
    this.#context = context;
    const { id, ledger, meter } = context;
    const memory = memoryLimit().bytes;
    const { max_series_bytes: maxBytes } = config;
    if (maxBytes > memory)
      throw new ConfigValueError(`is ${maxBytes}, and the memory limit is ${memory} bytes`, ['max_series_bytes']);
    this.#maxBytes = maxBytes || memory * seriesShare;
    this.#books = ledger.component(id, context.from);
    this.#flusher = new Flusher({ context, next, drain: this.#drain, books: ledger.component(id, context.to) });
    this.#shape = shapeOf(config, context.gates);
    this.#skipped = meter.counter(metrics.skipped, { connector: id });
    this.#skipped.add(0);
    this.#series = new SpanSeries(
      planOf(config, context.gates),
      config.resource_metrics_key_attributes,
      this.#maxBytes,
      config.collector_instance_id || randomUUID(),
    );
    this.#overflow = this.#overflowOf(this.#series);
  }

  start(): void {
    const { succession, clock, meter, id } = this.#context;
    const before = succession.standingAt<SpanMetrics>(this.#place);
    succession.enter(this.#place, this);
    if (before && before.#shape === this.#shape) this.#adopt(before.#series);
    const connector = { connector: id };
    this.#stopObserving = [
      countHeld(() => (this.#isOwner ? this.#series.reservedBytes : 0)),
      meter.observe(metrics.series, connector, () => this.#series.count),
      meter.observe(metrics.bytes, connector, () => this.#series.bound.used),
    ];
    this.#stopFlushes = every(clock, this.#config.metrics_flush_interval, () => this.#onTick());
  }

  consume(batch: Batch): Promise<void> {
    const items = batch.itemCount;
    if (items === 0) return Promise.resolve();
    this.#books.in(items);
    const walk = this.#idle.pop() ?? this.#newWalk();
    try {
      // Nearly all batches are one piece of work.
      if (batch.indexing() === undefined && !walk.open(batch).step()) {
        this.#counted(walk, items);
        return Promise.resolve();
      }
    } catch (error) {
      return Promise.reject(this.#failed(items, error));
    }
    const counting = this.#countInTurns(batch, walk).finally(() => this.#counting.delete(counting));
    this.#counting.add(counting);
    return counting;
  }

  shutdown(deadline: AbortSignal): Promise<void> {
    return (this.#ending ??= this.#end(deadline));
  }

  async #countInTurns(batch: Batch, walk: Walk): Promise<void> {
    const indexing = batch.indexing();
    this.#books.held(batch.itemCount, 'counting');
    try {
      if (indexing) {
        await inTurns(indexing);
        walk.open(batch);
      }
      await inTurns(walk);
    } catch (error) {
      this.#books.held(-batch.itemCount, 'counting');
      throw this.#failed(batch.itemCount, error);
    }
    this.#books.held(-batch.itemCount, 'counting');
    this.#counted(walk, batch.itemCount);
  }

  /** A defect; its walk is not used again. */
  #failed(items: number, error: unknown): DeliveryError {
    const failure = DeliveryError.from(error);
    this.#books.returned(items, failure.reason);
    return failure;
  }

  #counted(walk: Walk, items: number): void {
    const { unnamed } = walk;
    walk.close();
    if (this.#idle.length < mostIdle) this.#idle.push(walk);
    if (unnamed > 0) this.#books.dropped(unnamed, 'no_service_name');
    if (unnamed < items) this.#books.out(items - unnamed);
  }

  #newWalk(): Walk {
    return new Walk({
      ...{ series: this.#series, overflow: this.#overflow, clock: this.#context.clock },
      mostResources: this.#config.resource_metrics_cache_size,
      limit: this.#config.aggregation_cardinality_limit,
    });
  }

  #overflowOf(series: SpanSeries): Overflow {
    const { id, meter, logger, clock } = this.#context;
    return new Overflow({ series, id, meter, logger, now: () => clock.now() });
  }

  /** Goes on counting in the series of the connector that it stands in the place of. */
  #adopt(series: SpanSeries): void {
    this.#series = series;
    this.#series.bound.limit = this.#maxBytes;
    this.#overflow = this.#overflowOf(series);
    this.#idle = [];
  }

  #onTick(): void {
    if (!this.#isOwner) return;
    if (this.#series.isFlushing) this.#skipped.add(1);
    else void this.#flush(false);
  }

  #flush(isLast: boolean): Promise<void> {
    const series = this.#series;
    series.isFlushing = true;
    this.#flushing = this.#flusher.flush(series, this.#rules(isLast)).finally(() => (series.isFlushing = false));
    return this.#flushing;
  }

  #rules(isLast: boolean): FlushRules {
    const { metrics_expiration: metricsExpiration, series_expiration: seriesExpiration } = this.#config;
    return { metricsExpiration, seriesExpiration, isLast, mostIdle: this.#config.metric_timestamp_cache_size };
  }

  /** The connector that stands last in its place flushes the series that several have. */
  get #isOwner(): boolean {
    return this.#heir === undefined;
  }

  /** The connector that goes on with these series. */
  get #heir(): SpanMetrics | undefined {
    const successor = this.#context.succession.successorOf<SpanMetrics>(this.#place, this);
    return successor && successor.#series === this.#series ? successor : undefined;
  }

  /** Where it stands in a configuration, as the ledger sees it. */
  get #place(): string {
    return `span_metrics ${this.#context.id}`;
  }

  async #end(deadline: AbortSignal): Promise<void> {
    const { succession } = this.#context;
    this.#stopFlushes?.();
    this.#drain.begin(deadline);
    await Promise.allSettled(this.#counting);
    await this.#flushing;
    const isShared = this.#heir !== undefined;
    succession.leave(this.#place, this);
    // A new configuration that did not start gives the series back.
    const before = succession.standingAt<SpanMetrics>(this.#place);
    const isBack = before !== undefined && before.#series === this.#series;
    if (!isShared && !isBack) await this.#flush(true);
    for (const stop of this.#stopObserving) stop();
  }
}

/** The options that decide which series there are, and what they are counted in. */
function shapeOf(config: Config, gates: ReadonlySet<string>): string {
  const limits = {
    metrics_flush_interval: 0,
    metrics_expiration: 0,
    series_expiration: 0,
    metric_timestamp_cache_size: 0,
    resource_metrics_cache_size: 0,
    aggregation_cardinality_limit: 0,
    max_series_bytes: 0,
  };
  return JSON.stringify([{ ...config, ...limits }, [...gates].sort()]);
}
