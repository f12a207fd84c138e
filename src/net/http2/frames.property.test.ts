import type { Socket } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeldClock } from '../../../test/support/held-world.js';
import { Answering, Wire } from '../../../test/support/http2-wire.js';
import { block, frame, prefaceBytes } from '../../../test/support/raw-http2.js';
import { Connection } from './connection.js';
import { FrameReader, type FrameSink } from './frame-reader.js';
import { FrameWriter } from './frame-writer.js';
import { ConnectionError } from './frames.js';
import { HpackDecoder } from './hpack/decoder.js';
import { HpackEncoder } from './hpack/encoder.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 300);

/** Writes down all a reader finds; content is joined, since where it is cut says nothing. */
class Notes implements FrameSink {
  readonly lines: string[] = [];
  #content = '';

  onFrame(type: number, flags: number, stream: number, bytes: Uint8Array, from: number, to: number): void {
    this.lines.push(`${type} ${flags} ${stream} ${Buffer.from(bytes.subarray(from, to)).toString('hex')}`);
  }

  onDataFrame(flags: number, stream: number, length: number): void {
    this.#content = `data ${flags} ${stream} ${length} `;
  }

  onData(bytes: Uint8Array, from: number, to: number): void {
    this.#content += Buffer.from(bytes.subarray(from, to)).toString('hex');
  }

  onDataEnd(): void {
    this.lines.push(this.#content);
  }
}

function read(pieces: readonly Uint8Array[], expectPreface: boolean): string[] {
  const notes = new Notes();
  const reader = new FrameReader(notes, 16_384, expectPreface);
  try {
    for (const piece of pieces) reader.push(piece);
  } catch (error) {
    expect(error).toBeInstanceOf(ConnectionError);
    notes.lines.push((error as Error).message);
  }
  return notes.lines;
}

function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const ends = [...at.map((end) => end % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

const arbitraryFrame = fc
  .record({
    type: fc.oneof(fc.constantFrom(0, 0, 1, 1, 9), fc.nat(10)),
    flags: fc.oneof(fc.constantFrom(0, 1, 4, 5, 8, 0x2d), fc.nat(255)),
    stream: fc.oneof(fc.constantFrom(0, 1, 3, 5, 2), fc.nat(0x7fffffff)),
    payload: fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom(
        new Uint8Array(8),
        new Uint8Array(4),
        block([':method', 'POST', ':scheme', 'http', ':path', '/']),
        Buffer.from([0x83, 0x86, 0x84, 0x40, 0x01, 0x61, 0x01, 0x62]),
        Buffer.from([0, 4, 0x7f, 0xff, 0xff, 0xff]),
      ),
    ),
  })
  .map(({ type, flags, stream, payload }) => frame(type, flags, stream, payload));

test('however a stream of bytes is cut, the frames are the same', () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryFrame, { maxLength: 12 }),
      fc.array(fc.nat(2000), { maxLength: 20 }),
      fc.boolean(),
      (list, at, server) => {
        const bytes = Buffer.concat([server ? prefaceBytes : Buffer.alloc(0), ...list]);
        expect(read(cut(bytes, at), server)).toEqual(read([bytes], server));
      },
    ),
    { numRuns: runs },
  );
});

test('what the writer writes the reader reads', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ stream: fc.integer({ min: 1, max: 0x7fffffff }), size: fc.nat(9000) }), { maxLength: 20 }),
      (list) => {
        const writer = new FrameWriter();
        for (const { stream, size } of list) {
          writer.head(size, 0, 0, stream);
          const body = Buffer.alloc(size, stream & 255);
          writer.piece(body, 0, size >> 1);
          writer.piece(body, size >> 1, size);
        }
        const { size } = writer;
        const bytes = Buffer.concat(writer.take());
        expect(bytes.length).toBe(size);
        const expected = list.map(
          ({ stream, size: n }) => `data 0 ${stream} ${n} ${Buffer.alloc(n, stream & 255).toString('hex')}`,
        );
        expect(read([bytes], false)).toEqual(expected);
      },
    ),
    { numRuns: runs },
  );
});

const latin1 = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
  maxLength: 200,
});
const name = fc.oneof(
  fc.constantFrom(':path', 'te', 'authorization', 'grpc-timeout', 'content-type', 'x-a', 'x-b'),
  latin1,
);

test('what the encoder encodes the decoder decodes, block after block, through every change of the table', () => {
  const lists = fc.array(
    fc.record({ fields: fc.array(fc.tuple(name, latin1), { maxLength: 12 }), limit: fc.option(fc.nat(5000)) }),
    {
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(lists, (blocks) => {
      const encoder = new HpackEncoder();
      const decoder = new HpackDecoder(1 << 20);
      for (const { fields, limit } of blocks) {
        if (limit !== null) encoder.limitTable(limit);
        const list = fields.flat();
        const bytes = encoder.encode(list);
        expect(decoder.decode(bytes, 0, bytes.length)).toEqual(list);
      }
    }),
    { numRuns: runs },
  );
});

test('no block breaks the decoder', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (blocks) => {
      const decoder = new HpackDecoder(4096);
      for (const bytes of blocks) {
        try {
          decoder.decode(bytes, 0, bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(ConnectionError);
          return;
        }
      }
    }),
    { numRuns: runs },
  );
});

test('whatever frames a peer sends, every stream is over exactly once and nothing is thrown', () => {
  fc.assert(
    fc.property(fc.array(arbitraryFrame, { maxLength: 60 }), fc.array(fc.nat(4000), { maxLength: 10 }), (list, at) => {
      const wire = new Wire();
      const role = new Answering('server');
      // Everything a connection asks of a socket is in Duplex, but for the type.
      const socket = wire as unknown as Socket;
      const connection = new Connection(
        {
          socket,
          clock: new HeldClock(),
          windows: { stream: 4096, connection: 65_535, mostConnection: 65_535 },
          maxStreams: 8,
          announcedMaxStreams: 8,
        },
        role,
      );
      role.connection = connection;
      const bytes = Buffer.concat([prefaceBytes, frame(4, 0, 0), ...list]);
      for (const piece of cut(bytes, at)) wire.emit('data', Buffer.from(piece));
      expect(connection.streams).toBeLessThanOrEqual(8);
      expect(role.opened - role.gone).toBeLessThanOrEqual(connection.streams);
      connection.destroy('the test is over');
      expect(role.gone).toBe(role.opened);
      expect(role.closes).toBe(1);
      expect(connection.streams).toBe(0);
    }),
    { numRuns: runs },
  );
});
