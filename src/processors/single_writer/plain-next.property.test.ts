import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pointForm, pointWord } from '../../otlp/keys/point-kernel.js';
import { Word64 } from '../../otlp/view/word64.js';
import { WriterJudge } from './judge.js';
import { Point, type Sequence } from './point.js';
import { StreamKey } from './stream-key.js';
import { marks } from './stream-row.js';
import { Streams } from './streams.js';
import { Writers, type StreamWriter } from './writers.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 500);
const service = Buffer.alloc(16);
const bits = new DataView(new ArrayBuffer(8));

/** Streams in which every point is judged in all steps. */
class Thorough extends Streams {
  override notePlainNext(): boolean {
    return false;
  }
}

/** Streams that count the points that were noted at a glance. */
class Counted extends Streams {
  plain = 0;

  override notePlainNext(point: Point, writer: number, now: number): boolean {
    const isPlain = super.notePlainNext(point, writer, now);
    if (isPlain) this.plain++;
    return isPlain;
  }
}

interface Drawn {
  readonly writer: number;
  /** In seconds; 0: not known. */
  readonly start: number;
  readonly time: number;
  readonly value: number;
  readonly form: 'int' | 'double' | 'none';
  readonly wait: number;
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  writer: fc.constantFrom(0, 0, 0, 0, 0, 1, 1, 2),
  start: fc.constantFrom(0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 5, 30),
  // Mostly rising: what is drawn is added to the time before.
  time: fc.constantFrom(-40, -10, 0, 10, 10, 10, 10, 10),
  value: fc.constantFrom(-2, 0, 1, 1, 1, 2, 2, 2, 5, 5, 5, 5, 1000, -0.5, NaN, 2 ** 40),
  form: fc.constantFrom('int', 'int', 'int', 'int', 'int', 'int', 'int', 'double', 'double', 'none'),
  wait: fc.constantFrom(0, 10_000, 10_000, 400_000),
});

function setWord(point: Point, at: number, value: bigint): void {
  point.words[at] = Number(value & 0xffff_ffffn);
  point.words[at + 1] = Number((value >> 32n) & 0xffff_ffffn);
}

const nanos = (seconds: number): bigint => BigInt(Math.max(0, Math.round(seconds))) * 1_000_000_000n;

function setPoint(point: Point, { form }: Drawn, start: number, time: number, value: number): void {
  setWord(point, pointWord.start, nanos(start));
  setWord(point, pointWord.time, nanos(time));
  const { isDouble, hasValue } = pointForm;
  point.words[pointWord.form] = form === 'none' ? 0 : form === 'double' ? isDouble | hasValue : hasValue;
  if (form === 'double') bits.setFloat64(0, value);
  else bits.setBigInt64(0, form === 'int' && Number.isInteger(value) ? BigInt(value) : 0n);
  setWord(point, pointWord.value, bits.getBigUint64(0));
}

/** All that is known of the stream that was entered, and what was decided of its last point. */
function stateOf(streams: Streams, judge: WriterJudge): unknown {
  const { start, time, value, earlier } = {
    start: streams.start(new Word64()),
    time: streams.time(new Word64()),
    value: streams.value(new Word64()),
    earlier: streams.earlierTime(new Word64()),
  };
  const { owner, rival, rivalAt, since, otherStart, usedAt, earlierValue } = streams;
  const { standing, violation, isRestart, isOneRequest, tookOver, overlapMs, other } = judge;
  return {
    numbers: [start, time, value, earlier].map((each) => each.toBigInt()),
    ...{ owner, rival, rivalAt, since, otherStart, usedAt, earlierValue },
    ...{ standing, violation, isRestart, isOneRequest, tookOver, overlapMs, other },
    marks: Object.values(marks).map((each) => streams.get(each)),
  };
}

test.each<readonly [Sequence, boolean]>([
  ['cumulative', true],
  ['cumulative', false],
  ['momentary', false],
  ['delta', false],
])('a point that is plainly the next one is noted as all steps note it: %s, rising %s', (sequence, rises) => {
  let plain = 0;
  fc.assert(
    fc.property(fc.array(drawn, { minLength: 5, maxLength: 40 }), fc.constantFrom(0, 250), (all, quiet) => {
      const writers = new Writers();
      const known: StreamWriter[] = ['10.0.0.1:1', '10.0.0.1:2', '10.0.0.2:1'].map((name) =>
        writers.enter(name, name.slice(0, -2), 0),
      );
      const point = new Point();
      point.sequence = sequence;
      point.rises = rises;
      const key = new StreamKey();
      const quick = new Counted(1 << 20);
      const thorough = new Thorough(1 << 20);
      const judges = [quick, thorough].map((streams) => {
        const judge = new WriterJudge(
          { toleranceMs: 1000, silenceMs: 300_000, hasItemIntervals: () => false },
          streams,
          () => writers,
        );
        return { streams, judge };
      });
      let now = 0;
      let time = 100;
      let total = 0;
      for (const each of all) {
        now += each.wait;
        const start = sequence === 'delta' && each.start > 0 ? time - (each.start === 5 ? 5 : 0) : each.start;
        time += each.time;
        if (Number.isInteger(each.value)) total += each.value;
        setPoint(point, each, start, time, rises && Number.isInteger(each.value) ? total : each.value);
        const states = judges.map(({ streams, judge }) => {
          streams.enter(key, service, now, Infinity);
          judge.judge(point, known[each.writer]!, now);
          if (each === all[0]) streams.set(marks.quiet, quiet);
          return stateOf(streams, judge);
        });
        expect(states[0]).toEqual(states[1]);
      }
      plain += quick.plain;
    }),
    { numRuns: runs },
  );
  expect(plain).toBeGreaterThan(runs / 4);
});
