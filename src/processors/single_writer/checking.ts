import { StreamKeys } from '../../aggregation/stream-keys.js';
import type { RequestContext } from '../../component/consumer.js';
import type { Batch } from '../../otlp/batch.js';
import { PointPatcher } from '../../otlp/edit/point-patcher.js';
import { pointWord } from '../../otlp/keys/point-kernel.js';
import { BatchCursor } from '../../otlp/view/batch-cursor.js';
import type { Key } from '../../otlp/view/key.js';
import { MetricView } from '../../otlp/view/metric.js';
import type { PointView } from '../../otlp/view/points.js';
import { at32 } from '../../otlp/wire/at.js';
import { pieceBytes, type InPieces } from '../../otlp/work.js';
import type { Config } from './config.js';
import { hasItemIntervals } from './causes.js';
import { effectOf, type Effect } from './effects.js';
import { Identity, type WriterSource } from './identity.js';
import { WriterJudge } from './judge.js';
import { isLess64, Point } from './point.js';
import type { State } from './state.js';
import { StreamKey } from './stream-key.js';
import { marks } from './stream-row.js';
import { tagging } from './tag.js';
import type { FenceReason } from './telemetry.js';
import { Violations, type Arrival, type ViolationParts } from './violations.js';
import type { StreamWriter } from './writers.js';

/** Bytes that are read in the time in which a point is judged; a piece of work is `pieceBytes` of all. */
export const bytesPerPoint: number = 128;

/** The outcomes of the points of a batch. */
export interface CheckCounts {
  readonly dropped: Record<FenceReason, number>;
  tagged: number;
  late: number;
  repeated: number;
  untracked: number;
  takeovers: number;
}

export interface Checked {
  /** The batch itself when nothing was changed; undefined when nothing is left of it. */
  readonly batch: Batch | undefined;
  readonly counts: CheckCounts;
  /** The writers of the last point that was dropped because of its writer, and its metric: for its sender. */
  readonly refusal: WriterRefusal | undefined;
}

export interface WriterRefusal {
  readonly metric: string;
  readonly owner: string;
}

export interface CheckingParts extends Omit<ViolationParts, 'writers'> {
  readonly config: Config;
  readonly sources: readonly WriterSource[];
  /** The attributes that identify a resource; undefined: all. */
  readonly resourceKeys: readonly Key[] | undefined;
  state(): State;
}

/** Judges the points of batches and does with them what the action says. A batch at a time. */
export class Checking {
  readonly #parts: CheckingParts;
  readonly #judge: WriterJudge;
  readonly #identity: Identity;
  readonly #violations: Violations;
  readonly #keys: StreamKeys = new StreamKeys();
  readonly #metrics: BatchCursor<MetricView> = new BatchCursor(new MetricView());
  readonly #patcher: PointPatcher = new PointPatcher();
  readonly #point: Point = new Point();
  readonly #key: StreamKey = new StreamKey();
  readonly #tag: ReturnType<typeof tagging>;
  /** The newest time of the points of the writer, as two signed halves. */
  #newestLow = 0;
  #newestHigh = 0;
  #counts: CheckCounts = noCounts();
  #refusal: WriterRefusal | undefined;
  #writer: StreamWriter | undefined;
  #resource = -1;
  #scope = -1;
  /** Of the scope; undefined: not looked at yet. */
  #hasItemIntervals: boolean | undefined;
  #arrival: Arrival = { now: 0, unixMs: 0 };

  constructor(parts: CheckingParts) {
    this.#parts = parts;
    const { config, sources, state } = parts;
    const writers = (): State['writers'] => state().writers;
    // A writer that is tagged keeps its own series for as long as it writes.
    const silenceMs = config.action === 'tag' ? Infinity : config.silence;
    this.#judge = new WriterJudge(
      {
        ...{ toleranceMs: config.tolerance, silenceMs },
        hasItemIntervals: () => (this.#hasItemIntervals ??= hasItemIntervals(this.#metrics.scope.name)),
      },
      state().streams,
      writers,
    );
    this.#identity = new Identity(sources, writers);
    this.#violations = new Violations({ ...parts, writers });
    this.#tag = tagging(config.attribute);
  }

  /** Judges a batch, in pieces of work. */
  *checking(batch: Batch, request: RequestContext, arrival: Arrival): InPieces<Checked> {
    const metrics = this.#metrics.open(batch);
    this.#begin(batch, request, arrival);
    let work = 0;
    while (metrics.next()) {
      work += bytesPerPoint + metrics.item.name.length;
      if (work >= pieceBytes) {
        work = 0;
        yield* this.#pause();
      }
      if (metrics.units === 0) continue;
      this.#enter();
      const { data } = metrics.item;
      let { unit } = metrics;
      for (let piece = 0; piece < data.pieceCount; piece++) {
        const to = data.pieceTo(piece);
        for (let at = data.pieceFrom(piece); at < to;) {
          const next = this.#point.readMany(at, to);
          work += next - at + bytesPerPoint * this.#point.count;
          at = next;
          for (let i = 0; i < this.#point.count; i++) this.#check(i, unit++);
          if (work < pieceBytes) continue;
          work = 0;
          yield* this.#pause();
        }
      }
    }
    this.#noteDelay();
    const counts = this.#counts;
    const refusal = this.#refusal;
    this.#point.close();
    if (this.#parts.config.action === 'report') return { batch, counts, refusal };
    const left = yield* this.#patcher.finishing();
    if (left.itemCount > 0) return { batch: left, counts, refusal };
    if (left !== batch) left.release();
    return { batch: undefined, counts, refusal };
  }

  #begin(batch: Batch, request: RequestContext, arrival: Arrival): void {
    if (this.#parts.config.action !== 'report') this.#patcher.open(batch);
    this.#point.open(batch.bytes);
    this.#counts = noCounts();
    this.#refusal = undefined;
    this.#writer = undefined;
    this.#resource = this.#scope = -1;
    this.#arrival = arrival;
    this.#identity.enterRequest(request, arrival.now);
    this.#judge.use(this.#parts.state().streams);
  }

  *#pause(): InPieces<void> {
    yield;
    this.#judge.use(this.#parts.state().streams);
  }

  /** Enters the resource, scope and metric that the cursor is at. */
  #enter(): void {
    const metrics = this.#metrics;
    const isOtherResource = metrics.resourceRow !== this.#resource;
    if (isOtherResource) {
      this.#keys.enterResource(metrics.resource, this.#parts.resourceKeys);
      this.#violations.enterResource();
      const writer = this.#identity.writerOf(metrics.resource);
      if (writer !== this.#writer) this.#noteDelay();
      this.#writer = writer;
    }
    if (metrics.scopeRow !== this.#scope) {
      this.#keys.enterScope(metrics.scope);
      this.#hasItemIntervals = undefined;
    }
    this.#resource = metrics.resourceRow;
    this.#scope = metrics.scopeRow;
    this.#keys.enterMetric(metrics.item);
    this.#key.enterMetric(this.#keys.metricKey, this.#parts.state().streams.seeded);
    this.#violations.enterMetric();
    this.#point.enter(metrics.item);
  }

  /** Checks one of the points that were read together. */
  #check(number: number, unit: number): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    const point = this.#point.select(number);
    const { config } = this.#parts;
    const { streams } = this.#parts.state();
    this.#key.enterPoint(point);
    if (!streams.enter(this.#key, this.#keys.serviceKey, this.#arrival.now, config.max_streams || Infinity)) {
      this.#counts.untracked++;
      return;
    }
    const { words, row } = point;
    const low = at32(words, row + pointWord.time);
    const high = at32(words, row + pointWord.time + 1);
    if (isLess64(this.#newestLow, this.#newestHigh, low, high)) {
      this.#newestLow = low;
      this.#newestHigh = high;
    }
    const judge = this.#judge;
    const mayRepeat = streams.get(marks.mayRepeat) === 1;
    judge.judge(point, writer, this.#arrival.now);
    const { standing } = judge;
    if (standing === 'late') this.#counts.late++;
    else if (standing === 'repeated') this.#counts.repeated++;
    if (judge.violation !== undefined) this.#violations.report(judge, point, writer, this.#metrics, this.#arrival);
    if (config.action === 'report') {
      if (judge.tookOver) this.#counts.takeovers++;
      return;
    }
    const effect = effectOf(config.action, standing, point.sequence === 'delta', mayRepeat);
    if (effect !== 'pass' || judge.tookOver || streams.get(marks.isRebased) === 1) this.#act(effect, unit, writer);
    else if (mayRepeat && standing === 'repeated') streams.set(marks.mayRepeat, 0);
  }

  /** Does what has to be done with the point. */
  #act(effect: Effect, unit: number, writer: StreamWriter): void {
    const view = this.#viewOf(this.#point);
    if (this.#judge.tookOver) this.#takeOver(view);
    if (effect !== 'pass') this.#do(effect, view, unit, writer);
    else if (this.#parts.state().streams.get(marks.isRebased) === 1) this.#rebase(view, unit, writer);
  }

  #viewOf({ from, to }: Point): PointView {
    const { item } = this.#metrics;
    return item.points().move(item.backing, from, to);
  }

  #takeOver(view: PointView): void {
    this.#counts.takeovers++;
    const { sequence, rises } = this.#point;
    if (sequence !== 'cumulative') return;
    const { streams, rebased } = this.#parts.state();
    this.#keys.enterPoint(view);
    const { key, serviceKey } = this.#keys;
    if (rebased.begin(key, serviceKey, view, rises, this.#arrival.now)) streams.set(marks.isRebased, 1);
    else this.#counts.untracked++;
  }

  /** Gives a point of a writer that took its stream over the start and the value since then. */
  #rebase(view: PointView, unit: number, writer: StreamWriter): void {
    this.#keys.enterPoint(view);
    const { key, serviceKey } = this.#keys;
    const { rebased } = this.#parts.state();
    const target = { patcher: this.#patcher, unit };
    if (rebased.apply(key, serviceKey, view, this.#point.rises, this.#arrival.now, target)) return;
    this.#do('second_writer', view, unit, writer);
  }

  #do(effect: Exclude<Effect, 'pass'>, view: PointView, unit: number, writer: StreamWriter): void {
    const { streams, writers } = this.#parts.state();
    const owner = writers.find(streams.owner);
    if (effect !== 'tag') {
      this.#counts.dropped[effect]++;
      this.#patcher.removePoint(unit);
      this.#refusal ??= { metric: this.#metrics.item.name.toString(), owner: owner?.name ?? writer.name };
      return;
    }
    streams.use(this.#arrival.now);
    this.#tag(view, owner?.identity === writer.identity, writer, { patcher: this.#patcher, unit });
    this.#counts.tagged++;
  }

  /** Notes how long the newest point of a writer took to arrive. */
  #noteDelay(): void {
    const newest = (this.#newestHigh >>> 0) * 0x1_0000_0000 + (this.#newestLow >>> 0);
    this.#newestLow = this.#newestHigh = 0;
    if (this.#writer === undefined || newest === 0) return;
    const { writers } = this.#parts.state();
    writers.noteDelay(this.#writer, this.#arrival.unixMs - newest / 1e6, this.#arrival.now);
  }
}

function noCounts(): CheckCounts {
  const dropped = { second_writer: 0, contradicting: 0, repeated: 0 };
  return { dropped, tagged: 0, late: 0, repeated: 0, untracked: 0, takeovers: 0 };
}
