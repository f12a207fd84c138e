import { changing } from '../component/changing.js';
import { every } from '../component/clock.js';
import type { Consumer, RequestContext } from '../component/consumer.js';
import type { PipelineContext, Processor } from '../component/define.js';
import { resultInTurns } from '../component/turn.js';
import type { Batch } from '../otlp/batch.js';
import { isLarge } from '../otlp/large.js';
import { pieceBytes, type InPieces } from '../otlp/work.js';
import type { PointConversion } from './point-conversion.js';
import type { PointTally } from './point-tally.js';
import { StreamPoints } from './stream-points.js';

/** A larger batch is converted in several turns. */
const largeBytes = 4 * pieceBytes;
/** Streams that are forgotten in one piece of work. */
const streamsAtOnce = 2048;
/** It is looked for streams to forget so often while one may stay, within these bounds in milliseconds. */
const looksPerStay = 8;
const leastLookMs = 1000;
const mostLookMs = 60_000;

export interface ConvertingParts {
  /** The component's type. */
  readonly type: string;
  readonly context: PipelineContext;
  readonly next: Consumer;
  /** Memory of all streams, bytes. */
  readonly maxBytes: number;
  /** After so many milliseconds without a point a stream is forgotten; Infinity: never. */
  readonly maxStaleMs: number;
  make(points: StreamPoints): PointConversion;
  /** Counts the outcomes of a batch in the component's own metrics. */
  count(tally: PointTally): void;
  /** Shows what is kept, until the returned functions are called. */
  observe(points: () => StreamPoints): readonly (() => void)[];
}

/**
 * A processor that converts points by what it keeps of their streams. At a reload both configurations have the same
 * streams until the old one is gone.
 *
 * It reserves no room: what was converted cannot be converted again, so that a request is not converted before it is
 * certain that it comes here.
 */
export class ConvertingProcessor implements Processor {
  readonly #parts: ConvertingParts;
  readonly #changing: Consumer;
  #points: StreamPoints;
  /** For all batches that are no large ones. */
  #usual: PointConversion;
  #expiring: Promise<void> | undefined;
  #stops: readonly (() => void)[] = [];

  constructor(parts: ConvertingParts) {
    this.#parts = parts;
    const { context, next, make, count } = parts;
    const { clock, ledger } = context;
    this.#points = new StreamPoints(parts.maxBytes, clock.unixMs());
    this.#usual = make(this.#points);
    const books = ledger.component(context.id, context.signal);
    const convert = (batch: Batch, large: boolean): ReturnType<PointConversion['converting']> =>
      // Between the pieces of a large batch others are converted.
      (large ? make(this.#points) : this.#usual).converting(batch, clock.now());
    this.#changing = changing({
      next,
      books,
      // Histograms cost by their bytes, however few they are.
      isLarge: (batch) => batch.bytes.length > largeBytes || isLarge(batch),
      *change(batch, large) {
        const { batch: left, tally } = yield* convert(batch, large);
        const book = (): void => {
          tally.book(books, batch.itemCount);
          count(tally);
        };
        return { batch: left, book };
      },
    });
  }

  start(): void {
    const { context, maxBytes, maxStaleMs, make, observe } = this.#parts;
    const before = context.succession.standingAt<ConvertingProcessor>(this.#place);
    context.succession.enter(this.#place, this);
    if (before) {
      this.#points = before.#points;
      this.#points.bound.limit = maxBytes;
      this.#usual = make(this.#points);
    }
    const lookMs = Math.min(Math.max(maxStaleMs / looksPerStay, leastLookMs), mostLookMs);
    this.#stops = [
      ...observe(() => this.#points),
      ...(maxStaleMs === Infinity ? [] : [every(context.clock, lookMs, () => this.#expire())]),
    ];
  }

  consume(batch: Batch, context: RequestContext): Promise<void> {
    return this.#changing.consume(batch, context);
  }

  async shutdown(): Promise<void> {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.#parts.context.succession.leave(this.#place, this);
    await this.#expiring;
  }

  /** Where it stands in a configuration, as the ledger sees it. */
  get #place(): string {
    const { type, context } = this.#parts;
    return `${type} ${context.pipeline} ${context.id}`;
  }

  #expire(): void {
    // The one that stands last in this place decides how long streams stay.
    if (this.#parts.context.succession.successorOf(this.#place, this) !== undefined) return;
    this.#expiring ??= resultInTurns(this.#expireInPieces()).finally(() => (this.#expiring = undefined));
  }

  *#expireInPieces(): InPieces<void> {
    const { context, maxStaleMs } = this.#parts;
    while (this.#points.expire(context.clock.now() - maxStaleMs, streamsAtOnce)) yield;
  }
}
