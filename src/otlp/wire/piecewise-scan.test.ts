import { expect, test } from 'vitest';
import { varintSize, writeVarint } from './varint.js';
import { PiecewiseScan } from './piecewise-scan.js';
import { scan, type Scanned } from './scan.js';
import type { Signal } from '../signal.js';

/** A length-delimited field. */
function field(number: number, ...bodies: Uint8Array[]): Buffer {
  const length = bodies.reduce((sum, body) => sum + body.length, 0);
  const tag = number * 8 + 2;
  const head = Buffer.alloc(varintSize(tag) + varintSize(length));
  writeVarint(head, writeVarint(head, 0, tag), length);
  return Buffer.concat([head, ...bodies]);
}
const times = (count: number, bytes: Uint8Array): Buffer => Buffer.alloc(count * bytes.length, bytes);
const bytes = (...list: number[]): Buffer => Buffer.from(list);
/** Bytes of a piece here: the transformed modules of a test are too slow for megabytes. */
const piece = 256;
/** More than ten pieces of messages of two bytes. */
const many = piece * 5 + 32;
const id = field(1, Buffer.alloc(16, 7));
const spans = (count: number): Buffer => times(count, field(2, id, field(5, bytes(65))));
const resource = (...scopes: Uint8Array[]): Buffer => field(1, field(1, field(1, field(1, bytes(97)))), ...scopes);
const point = field(1, field(7, field(1, bytes(98))));
const gauge = (count: number): Buffer => field(5, times(count, field(1)));

const cases: [string, Signal, Uint8Array][] = [
  ['resources', 'traces', times(many, field(1))],
  ['scopes', 'traces', field(1, times(many, field(2)))],
  ['spans', 'traces', field(1, field(2, times(many, field(2))))],
  ['log records', 'logs', field(1, field(2, times(many, field(2))))],
  ['metrics', 'metrics', field(1, field(2, times(many, field(2))))],
  ['points of one metric', 'metrics', field(1, field(2, field(2, gauge(10)), field(2, gauge(many), field(1, point))))],
  ['data of a metric again and again', 'metrics', field(1, field(2, field(2, gauge(many), gauge(3), gauge(many))))],
  ['samples', 'profiles', field(1, field(2, field(2, times(many, field(2)))))],
  ['attributes of one span', 'traces', field(1, field(2, field(2, times(many, field(9)), id), field(2, id)))],
  ['one span with its ID in front', 'traces', field(1, field(2, field(2), field(2, id, times(many, field(11)))))],
  ['numbers of one span', 'traces', field(1, field(2, field(2, times(many, bytes(48, 1)), id)))],
  ['usual spans in one scope', 'traces', resource(field(2, spans(200)), field(2, spans(200)))],
  ['usual spans in many scopes', 'traces', times(20, resource(field(2, spans(10)), field(2), field(2, spans(50))))],
  ['scopes of an old sender', 'traces', field(1, field(1000, times(many, field(2))), times(100, field(1000)))],
  ['a group before many spans', 'traces', Buffer.concat([bytes(0x2b, 8, 1, 0x2c), field(1, field(2, spans(900)))])],
  ['a group of many fields', 'traces', Buffer.concat([bytes(0x2b), times(many, bytes(8, 1)), bytes(0x2c), field(1)])],
  ['groups in a group', 'traces', Buffer.concat([times(many, bytes(0x2b)), times(many, bytes(0x2c)), field(1)])],
  ['tiny groups', 'logs', field(1, field(2, times(many, bytes(0x7b, 0x7c)), field(2)))],
  [
    'a group of many fields in one span',
    'traces',
    field(1, field(2, field(2, bytes(0xf3, 1), times(many, bytes(8, 1)), bytes(0xf4, 1), id), spans(3))),
  ],
  ['a tag of more bytes than it needs', 'traces', Buffer.concat([bytes(0x8a, 0x80, 0), field(1).subarray(1)])],
  ['a long text', 'traces', field(1, field(2, field(2, field(5, Buffer.alloc(many * 2, 65)), id), field(2)))],
  ['unknown fields', 'traces', Buffer.concat([times(many, field(9)), field(1, field(2, spans(3)))])],
];

function inPieces(signal: Signal, body: Uint8Array): { readonly found: Scanned; readonly steps: number } {
  const work = new PiecewiseScan(signal, body, piece);
  let steps = 1;
  while (work.step()) steps++;
  return { found: work.finish(), steps };
}

test.each(cases)('%s are scanned in pieces as they are at once', (name, signal, body) => {
  const { found, steps } = inPieces(signal, body);
  const whole = scan(signal, body);
  expect(found.count).toBe(whole.count);
  expect(found.reserved).toBe(whole.reserved);
  for (const level of ['resources', 'scopes', 'items'] as const)
    expect(Buffer.compare(Buffer.from(found.index[level].buffer), Buffer.from(whole.index[level].buffer))).toBe(0);
  // A text is skipped, however long.
  if (name !== 'a long text') expect(steps).toBeGreaterThan((body.length / piece) * 0.9 - 1);
});

/** A group without an end, with a broken field, of a known field, and of numbers that no field has. */
const brokenGroups = [
  bytes(0x2b, 0x12),
  bytes(0x2b, 8, 1),
  bytes(0x2b, 0x0f),
  bytes(0x0b, 0x0c),
  bytes(3, 4),
  bytes(0x83, 0x80, 0x80, 0x80, 0x40, 4),
];

test.each(cases)('a fault behind %s has the same name in pieces', (_name, signal, body) => {
  for (const broken of [bytes(0x0a), bytes(0x0a, 5, 1), bytes(0x0f), bytes(0x0c), bytes(0x08, 1), ...brokenGroups]) {
    const all = Buffer.concat([body, broken]);
    let fault: unknown;
    try {
      scan(signal, all);
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(Error);
    expect(() => inPieces(signal, all)).toThrow((fault as Error).message);
  }
});

test('the index of many tiny messages is known while it grows', () => {
  const work = new PiecewiseScan('traces', field(1, field(2, times(many, field(2)))), piece);
  let before = 0;
  while (work.step()) {
    // A row for each two bytes.
    expect(work.indexBytes - before).toBeLessThanOrEqual((piece / 2) * 16 + 64);
    before = work.indexBytes;
  }
  expect(work.finish().index.byteLength).toBe(many * 16 + 32);
});
