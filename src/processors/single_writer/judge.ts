import { Word64 } from '../../otlp/view/word64.js';
import { hashOf, valueNumber, type Point } from './point.js';
import { marks } from './stream-row.js';
import type { Streams } from './streams.js';
import type { StreamWriter, Writers } from './writers.js';

/**
 * The relation of a point to its stream.
 * - `next`: the owner's, or the first of a writer that succeeds it.
 * - `late`: it belongs to the stream, and a later one was here.
 * - `repeated`: it was here.
 * - `contradicting`: the owner's, and it cannot be true beside a point that was here.
 * - `foreign`: of a writer that does not own the stream.
 */
export type Standing = 'next' | 'late' | 'repeated' | 'contradicting' | 'foreign';

/** How the rule of one writer is broken. */
export const violations = {
  interleaved: 'Two writers write by turns.',
  out_of_order: 'A point is older than one of another writer.',
  repeated_by_another: 'Two writers write the same points.',
  conflicting_value: 'One time has two values.',
  counter_fell: 'A counter fell while its start time stayed.',
  overlapping_start: 'A process wrote while one with another start time did.',
  overlapping_delta: 'Two changes count the same time.',
} as const;
export type Violation = keyof typeof violations;

export interface JudgeOptions {
  /** A difference of clocks or start times up to this has no meaning, milliseconds. */
  readonly toleranceMs: number;
  /** After so long without a point of the owner another writer takes the stream over, milliseconds; Infinity: never. */
  readonly silenceMs: number;
  /** Whether changes of the scope that is open have the interval of the items that they count, so that they overlap. */
  hasItemIntervals(): boolean;
}

/** Points of rivals, or returns of the owner, that tell a replacement from two writers that both go on. */
const enoughStrikes = 3;
const enoughReturns = 4;
/** Points of a rival, each newer than the one before, that are older than the newest one of the owner. */
const enoughStragglers = 7;
/** A process that lived so many times as long as it overlaps with the next one is being replaced. */
const agePerOverlap = 10;
/** Points of the owner after which what a rival did is forgotten. */
const longQuiet = 255;
/** The part of its value by which a counter may fall without being another one: some counters of kernels do. */
const dip = 0.01;
const enoughFalls = 2;

const nanosPerMs = 1e6;

/**
 * Decides what each point is to its stream, by the last points and the writers that are known of it
 * (docs/spec/agent.md#metrics-model). A stream has an owner: the process that writes it, known by the identity of its
 * writer and, for totals, by its start time. The last decision stands in the fields.
 */
export class WriterJudge {
  standing: Standing = 'next';
  violation: Violation | undefined;
  /** The violation looks like a restart: the process before and the one behind it were both there for a while. */
  isRestart = false;
  /** The point and the one that it violates arrived in one request. */
  isOneRequest = false;
  /** The point's writer has succeeded another one that fell silent: its totals did not begin with the stream. */
  tookOver = false;
  /** By how much the newest point of the owner is behind the start of the point's process, milliseconds. */
  overlapMs = 0;
  /** The other writer of a violation, by ID; 0 when it is the same. */
  other = 0;

  readonly #options: JudgeOptions;
  readonly #writers: () => Writers;
  readonly #start: Word64 = new Word64();
  readonly #time: Word64 = new Word64();
  readonly #value: Word64 = new Word64();
  readonly #earlier: Word64 = new Word64();
  #streams: Streams;
  #now = 0;
  /** The last writer of a stream that was not the one of the point: its ID, which no other has, and its identity. */
  #formerId = 0;
  #formerIdentity = 0;

  constructor(options: JudgeOptions, streams: Streams, writers: () => Writers) {
    this.#options = options;
    this.#streams = streams;
    this.#writers = writers;
  }

  /** Judges by what is known of other streams from now on. */
  use(streams: Streams): void {
    this.#streams = streams;
  }

  /** Judges a point of the stream that was entered, and notes it. `now`: when its request arrived. */
  judge(point: Point, writer: StreamWriter, now: number): void {
    const streams = this.#streams;
    this.#now = now;
    this.violation = undefined;
    this.isRestart = this.isOneRequest = this.tookOver = false;
    this.overlapMs = this.other = 0;
    if (this.#isOwner(writer) && streams.notePlainNext(point, writer.id, now)) return this.#stand('next');
    if (streams.isNew) return this.#begin(point, writer);
    const owner = this.#writers().find(streams.owner);
    // One that was forgotten cannot be distinguished from another.
    const isIdentical = owner === undefined || owner.identity === writer.identity;
    const time = streams.time(this.#time);
    if (point.time.isZero || time.isZero) return this.#judgeUntimed(point, writer, isIdentical);
    const start = streams.start(this.#start);
    const isStarted = point.sequence !== 'momentary' && !point.start.isZero && !start.isZero;
    const startedLaterMs = isStarted ? point.start.minus(start) / nanosPerMs : 0;
    const process = point.sequence === 'delta' ? 'same' : this.#processOf(point, startedLaterMs);
    if (isIdentical && process === 'same') return this.#judgeOwn(point, writer);
    if (isStarted && (process !== 'same' || point.sequence === 'delta')) {
      const tolerance = this.#toleranceOf(point);
      // A process that began behind the last point succeeds; one whose points end before this one began came late.
      // A start at the time of the point says nothing of another writer.
      const mayHaveBegun = startedLaterMs > 0 && (isIdentical || point.start.compare(point.time) !== 0);
      if (mayHaveBegun && point.start.minus(time) / nanosPerMs >= -tolerance) return this.#begin(point, writer);
      if (point.time.minus(start) / nanosPerMs <= tolerance) return this.#stand('late');
    }
    this.#judgeForeign(point, writer, startedLaterMs, isStarted && process === 'other');
  }

  /** Whether a writer is known to be the one that has the stream, by whichever connection. */
  #isOwner({ id, identity }: StreamWriter): boolean {
    const { owner } = this.#streams;
    if (owner === id) return true;
    // A sender with several connections sends many streams by one that it sent by another before.
    if (owner === this.#formerId) return identity === this.#formerIdentity;
    const former = this.#writers().find(owner);
    if (former === undefined) return false;
    this.#formerId = owner;
    this.#formerIdentity = former.identity;
    return former.identity === identity;
  }

  /**
   * Whether a point is of the process that wrote the newest one, by their starts. Those of two processes may be close:
   * they come again, while those of a sender that works its start out for each point differ all the time.
   */
  #processOf(point: Point, startedLaterMs: number): 'same' | 'other' | 'unknown' {
    const streams = this.#streams;
    if (startedLaterMs === 0) return 'same';
    if (Math.abs(startedLaterMs) > this.#options.toleranceMs) return 'other';
    if (streams.get(marks.isStartVague) === 1) return 'same';
    const hash = hashOf(point.start) | 1;
    const { otherStart } = streams;
    if (otherStart === hash) return 'other';
    if (otherStart === 0) {
      streams.setOtherStart(hash);
      return 'unknown';
    }
    streams.set(marks.isStartVague, 1);
    return 'same';
  }

  #judgeUntimed(point: Point, writer: StreamWriter, isIdentical: boolean): void {
    if (isIdentical) {
      this.#advance(point, writer);
      return this.#stand('next');
    }
    if (this.#isSilent) return this.#takeOver(point, writer);
    this.#dispute(writer, 0, 0);
    this.#stand('foreign');
  }

  #judgeOwn(point: Point, writer: StreamWriter): void {
    const streams = this.#streams;
    const later = point.time.compare(this.#time);
    if (later === 0) {
      if (this.#isSameValue(point, streams.value(this.#value))) {
        streams.use(this.#now);
        return this.#stand('repeated');
      }
      return this.#contradict('conflicting_value');
    }
    if (point.sequence === 'delta' && this.#overlapsDelta(point)) return this.#contradict('overlapping_delta');
    if (later < 0) return this.#judgeLate(point);
    this.#noteFall(point, later);
    const isDisputed = streams.get(marks.isDisputed) === 1;
    const timeMs = point.time.toNumber() / nanosPerMs;
    if (isDisputed && streams.isBehindRival(timeMs)) {
      streams.set(marks.returns, streams.get(marks.returns) + 1);
      streams.set(marks.isDisputed, 0);
    }
    this.#advance(point, writer);
    this.#stand('next');
    const quiet = streams.get(marks.quiet);
    if (quiet === longQuiet) streams.clearMarksOfRivals();
    // The process before has written nothing since: it was replaced, and the two overlapped.
    if (quiet < enoughStrikes || streams.get(marks.isRestarting) === 0) return;
    streams.set(marks.isRestarting, 0);
    this.#violate('overlapping_start', streams.rival);
    this.isRestart = true;
  }

  /** A point of the owner that is older than its newest one. */
  #judgeLate(point: Point): void {
    const streams = this.#streams;
    const toEarlier = point.time.compare(streams.earlierTime(this.#earlier));
    if (toEarlier === 0) {
      if (!point.hasValue || streams.earlierValue === hashOf(point.value)) return this.#stand('repeated');
      return this.#contradict('conflicting_value');
    }
    this.#noteFall(point, -1);
    if (toEarlier > 0) streams.setEarlier(point.time, hashOf(point.value));
    this.#stand('late');
  }

  #judgeForeign(point: Point, writer: StreamWriter, startedLaterMs: number, isOtherProcess: boolean): void {
    const streams = this.#streams;
    const later = point.time.compare(this.#time);
    if (this.#isSilent && later > 0) return this.#takeOver(point, writer);
    const returns = streams.get(marks.returns);
    const strikes = streams.get(marks.strikes);
    const timeMs = point.time.toNumber() / nanosPerMs;
    const isRepeated = this.#isRepeated(point, later);
    // Points from before the owner's first one are what is left of a writer that it has succeeded.
    if (Math.floor(timeMs / 1000) >= streams.since) {
      const violation = this.#proofOf(point, later, isOtherProcess);
      if (violation === 'overlapping_start' && this.#mayBeRestart(point, startedLaterMs, returns)) {
        if (startedLaterMs > 0 && strikes >= enoughStrikes) {
          this.#violate(violation, streams.owner);
          this.isRestart = true;
        } else if (startedLaterMs < 0) streams.set(marks.isRestarting, 1);
      } else if (violation !== undefined) this.#violate(violation, streams.owner);
      else this.#judgeTurn(isRepeated, later, returns);
      this.#dispute(writer, timeMs, later);
    }
    this.#stand('foreign');
  }

  /** Whether the points of two writers have come by turns for so long that a replacement does not explain it. */
  #judgeTurn(isRepeated: boolean, later: number, returns: number): void {
    const owner = this.#streams.owner;
    const isStraggling = this.#streams.get(marks.stragglers) >= enoughStragglers;
    const isByTurns = returns >= enoughReturns;
    // Now and then a request is sent again, by another way.
    if (isRepeated) {
      if (isByTurns || isStraggling) this.#violate('repeated_by_another', owner);
    } else if (isByTurns && later > 0) this.#violate('interleaved', owner);
    // The points that a former writer still had to send end some time; a clock that is behind stays so.
    else if (isStraggling) this.#violate('out_of_order', owner);
  }

  /** The proof that a single point of another writer is, whatever follows. */
  #proofOf(point: Point, later: number, isOtherProcess: boolean): Violation | undefined {
    const streams = this.#streams;
    if (isOtherProcess) {
      this.overlapMs = this.#time.minus(point.start) / nanosPerMs;
      if (this.overlapMs > this.#options.toleranceMs) return 'overlapping_start';
    }
    if (point.hasValue && later === 0 && !this.#isSameValue(point, streams.value(this.#value)))
      return point.sequence === 'delta' ? 'overlapping_delta' : 'conflicting_value';
    if (point.hasValue && later < 0 && point.time.compare(streams.earlierTime(this.#earlier)) === 0)
      if (streams.earlierValue !== hashOf(point.value)) return 'conflicting_value';
    if (isOtherProcess) return undefined;
    if (point.sequence === 'delta') return this.#overlapsDelta(point) ? 'overlapping_delta' : undefined;
    return this.#isOffLine(point, later) ? 'counter_fell' : undefined;
  }

  /** Whether a counter of one process is lower at a later time than at an earlier one. */
  #isOffLine(point: Point, later: number): boolean {
    const streams = this.#streams;
    if (!point.rises || !point.hasValue || point.start.isZero || streams.get(marks.hasValue) === 0) return false;
    const value = valueNumber(streams.value(this.#value), this.#isDouble);
    return later > 0 ? point.number < value : later < 0 && point.number > value;
  }

  /** Whether two processes that overlap may be one that is being replaced: most of the time there was only one. */
  #mayBeRestart(point: Point, startedLaterMs: number, returns: number): boolean {
    if (returns >= enoughReturns) return false;
    const overlap = startedLaterMs > 0 ? this.overlapMs : point.time.minus(this.#start) / nanosPerMs;
    return overlap * agePerOverlap <= Math.abs(startedLaterMs);
  }

  #isRepeated(point: Point, later: number): boolean {
    const streams = this.#streams;
    if (later === 0) return this.#isSameValue(point, streams.value(this.#value));
    if (later > 0 || point.time.compare(streams.earlierTime(this.#earlier)) !== 0) return false;
    return streams.earlierValue === hashOf(point.value);
  }

  /** Counts how often a counter of one process does not rise with time, and says so when it is no small dip. */
  #noteFall(point: Point, later: number): void {
    if (!this.#isOffLine(point, later)) return;
    const streams = this.#streams;
    const before = valueNumber(this.#value, this.#isDouble);
    const high = Math.max(before, point.number);
    const gap = Math.abs(before - point.number);
    if (!(gap > high * dip)) return;
    const falls = streams.get(marks.falls);
    streams.set(marks.falls, falls + 1);
    if (gap > high / 2 || falls >= enoughFalls) this.#violate('counter_fell', 0);
  }

  /** Whether the interval of a delta has a part in common with the newest one, beyond what clocks differ by. */
  #overlapsDelta(point: Point): boolean {
    if (point.start.isZero || this.#streams.start(this.#start).isZero) return false;
    const tolerance = this.#toleranceOf(point);
    const beginsBeforeEnd = point.start.minus(this.#time) / nanosPerMs < -tolerance;
    const overlaps = beginsBeforeEnd && point.time.minus(this.#start) / nanosPerMs > tolerance;
    return overlaps && !this.#options.hasItemIntervals();
  }

  /** Half of what the point counts at most, so that intervals shorter than the tolerance are distinguished. */
  #toleranceOf(point: Point): number {
    return Math.max(0, Math.min(this.#options.toleranceMs, point.time.minus(point.start) / nanosPerMs / 2));
  }

  #isSameValue(point: Point, value: Word64): boolean {
    const streams = this.#streams;
    const hasValue = streams.get(marks.hasValue) === 1;
    if (point.sequence === 'delta' && point.start.compare(streams.start(this.#start)) !== 0) return false;
    if (!point.hasValue || !hasValue) return true;
    return point.value.compare(value) === 0 && this.#isDouble === point.isDouble;
  }

  get #isDouble(): boolean {
    return this.#streams.get(marks.isDouble) === 1;
  }

  get #isSilent(): boolean {
    return this.#now - this.#streams.usedAt > this.#options.silenceMs;
  }

  #takeOver(point: Point, writer: StreamWriter): void {
    this.other = this.#streams.owner;
    this.#begin(point, writer);
    this.tookOver = true;
  }

  #begin(point: Point, writer: StreamWriter): void {
    const streams = this.#streams;
    const rival = streams.isNew ? 0 : streams.owner;
    streams.clearMarks();
    streams.setOtherStart(0);
    streams.setOwner(writer.id, point.time.toNumber() / nanosPerMs / 1000);
    if (rival !== 0) streams.setRival(rival, 0);
    this.#time.low = this.#time.high = 0;
    streams.setTime(this.#time);
    this.#advance(point, writer);
    this.#stand('next');
  }

  /** Notes the newest point of the owner. */
  #advance(point: Point, writer: StreamWriter): void {
    const streams = this.#streams;
    streams.use(this.#now);
    if (streams.owner !== writer.id) streams.renameOwner(writer.id);
    streams.setEarlier(streams.time(this.#time), hashOf(streams.value(this.#value)));
    streams.setStart(point.start);
    streams.setTime(point.time);
    streams.setValue(point.value);
    streams.noteNext(point.isDouble, point.hasValue);
  }

  /** Notes a point of a rival. */
  #dispute(writer: StreamWriter, timeMs: number, later: number): void {
    const streams = this.#streams;
    streams.set(marks.strikes, streams.get(marks.strikes) + 1);
    streams.set(marks.quiet, 0);
    const isDisputed = streams.get(marks.isDisputed) === 1;
    const stragglers = streams.get(marks.stragglers);
    if (later >= 0) {
      // The owner goes on once it has written behind the first of them.
      streams.setRival(writer.id, isDisputed ? streams.rivalAt : timeMs);
      streams.set(marks.isDisputed, 1);
    } else if (!isDisputed && (stragglers === 0 || streams.isBehindRival(timeMs))) {
      streams.setRival(writer.id, timeMs);
      streams.set(marks.stragglers, stragglers + 1);
    }
  }

  #contradict(violation: Violation): void {
    this.#violate(violation, 0);
    this.#stand('contradicting');
  }

  #violate(violation: Violation, other: number): void {
    this.violation = violation;
    this.other = other;
    this.isOneRequest = this.#streams.usedAt === this.#now;
  }

  #stand(standing: Standing): void {
    this.standing = standing;
  }
}
