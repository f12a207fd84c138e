import fc from 'fast-check';
import { expect, test } from 'vitest';
import { validate } from '../wire/validate.js';
import { partition, splitByCount } from './partition.js';

/** An item in pieces: `before`, its points (a span has none and is one unit), `after`. */
interface Item {
  readonly before: Buffer;
  readonly points: readonly Buffer[];
  readonly between: Buffer;
}
interface Group<T> {
  readonly before: Buffer;
  readonly rows: readonly T[];
  readonly after: Buffer;
}
type Request = readonly Group<Group<Item>>[];

function delimited(tag: number, ...body: readonly Uint8Array[]): Buffer {
  const length = body.reduce((sum, { length: bytes }) => sum + bytes, 0);
  const size = length < 128 ? [length] : [(length & 127) | 128, length >> 7];
  return Buffer.concat([Buffer.from([tag, ...size]), ...body]);
}

const nothing = Buffer.alloc(0);
/** Field 100, which no message has. */
const unknown = fc.constantFrom(nothing, nothing, Buffer.from([0xa0, 6, 1]), Buffer.from([0xa2, 6, 2, 7, 8]));
const pointOf = fc.constantFrom(Buffer.from([0x0a, 0]), Buffer.from([0x0a, 2, 0x40, 1]));
const item = (most: number): fc.Arbitrary<Item> =>
  fc.record({ before: unknown, points: fc.array(pointOf, { maxLength: most }), between: unknown });
const group = <T>(row: fc.Arbitrary<T>): fc.Arbitrary<Group<T>> =>
  fc.record({ before: unknown, rows: fc.array(row, { maxLength: 3 }), after: unknown });
const requestOf = (most: number): fc.Arbitrary<Request> => fc.array(group(group(item(most))), { maxLength: 30 });

const wholeSpan = ({ before, between }: Item): Buffer => delimited(0x12, before, between);
/** The points around `between`, as a sender may write them; a replaced gauge stands before the sum. */
const wholeMetric = ({ before, points, between }: Item): Buffer => {
  const half = points.length >> 1;
  const data = delimited(0x3a, ...points.slice(0, half), between, ...points.slice(half));
  return delimited(0x12, Buffer.from([0x2a, 2, 0x0a, 0]), data, before);
};
const pieceOfMetric = ({ before, between }: Item, points: readonly Buffer[]): Buffer =>
  delimited(0x12, before, delimited(0x3a, between, ...points));

/** A request as sent, or `pruned` to a part: what is above the items that `encode` gives bytes for. */
function encoded(request: Request, encode: (row: Item) => Buffer | undefined, pruned: boolean): Buffer {
  const around = <T>(tag: number, { before, rows, after }: Group<T>, inner: (row: T) => Buffer | undefined) => {
    const kept = rows.map(inner).filter((bytes) => bytes !== undefined);
    if (!pruned) return delimited(tag, before, ...kept, after);
    // A part has what is beside the rows first.
    return kept.length === 0 ? undefined : delimited(tag, before, after, ...kept);
  };
  const scope = (row: Group<Item>): Buffer | undefined => around(0x12, row, encode);
  return Buffer.concat(request.map((row) => around(0x0a, row, scope) ?? nothing));
}

const itemsOf = (request: Request): Item[] => request.flatMap(({ rows }) => rows.flatMap((scope) => scope.rows));

/** Each item's bytes in each part, the slow way: by part, by item. */
function expected(request: Request, signal: 'traces' | 'metrics', partOf: Int32Array, parts: number): Buffer[] {
  const pieces = Array.from({ length: parts }, () => new Map<Item, Buffer>());
  let unit = 0;
  let last = partOf[0]!;
  for (const row of itemsOf(request)) {
    const count = signal === 'traces' ? 1 : row.points.length;
    const own = [...partOf.slice(unit, unit + count)];
    unit += count;
    const wanted = new Set(own.length > 0 ? own : [last]);
    for (const part of wanted) {
      if (part < 0 && wanted.size > 1) continue;
      last = part;
      const points = row.points.filter((_point, i) => own[i] === part);
      const whole = signal === 'traces' ? wholeSpan(row) : wholeMetric(row);
      pieces[part]?.set(row, wanted.size === 1 ? whole : pieceOfMetric(row, points));
    }
  }
  return pieces.map((of) => encoded(request, (row) => of.get(row), true));
}

test.each(['traces', 'metrics'] as const)(
  '%s: parts of tiny messages are, byte for byte, a simple reference',
  (signal) => {
    fc.assert(
      fc.property(
        requestOf(signal === 'metrics' ? 4 : 0),
        fc.array(fc.integer({ min: -1, max: 8 }), { minLength: 1, maxLength: 20 }),
        fc.nat({ max: 3 }),
        fc.integer({ min: 1, max: 5 }),
        (request, choices, firstMax, max) => {
          const bytes = encoded(request, signal === 'traces' ? wholeSpan : wholeMetric, false);
          const batch = validate(signal, bytes);
          const compare = (partOf: Int32Array, parts: number, found: (Uint8Array | undefined)[]): void => {
            const wanted = expected(request, signal, partOf, parts);
            for (let p = 0; p < parts; p++) {
              if (partOf.includes(p)) expect(Buffer.from(found[p]!).toString('hex')).toBe(wanted[p]!.toString('hex'));
              else expect(found[p]).toBeUndefined();
            }
          };
          const partOf = Int32Array.from({ length: batch.itemCount }, (_unit, i) => choices[i % choices.length]!);
          // One part for all is the batch itself, which other tests show.
          if (new Set(partOf).size > 1)
            compare(
              partOf,
              9,
              partition(batch, partOf, 9).map((part) => part?.bytes),
            );
          const first = firstMax + 1;
          if (batch.itemCount <= first) return;
          const inOrder = partOf.map((_part, i) => (i < first ? 0 : 1 + Math.floor((i - first) / max)));
          const found = splitByCount(batch, first, max).map((part) => part.bytes);
          compare(inOrder, found.length, found);
        },
      ),
      { numRuns: Number(process.env['KANMON_FUZZ_RUNS'] ?? 300) },
    );
  },
);
