import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MessageWriter } from '../build/message-writer.js';
import { DelimitedMessages, ForeignReader, packedDoubles, packedZigzags } from './foreign.js';

const exact = fc.maxSafeInteger();

test('numbers of every encoding are what was written', () => {
  fc.assert(
    fc.property(exact, fc.nat(2 ** 31), fc.double({ noNaN: true }), fc.array(exact), (int, uint, double, list) => {
      const writer = new MessageWriter();
      const big = BigInt.asUintN(64, BigInt(int));
      writer.tag(8);
      writer.varint64(Number(big & 0xffffffffn), Number(big >> 32n));
      writer.tag(16);
      writer.varint(uint);
      writer.tag(25);
      writer.double(double);
      writer.tag(34);
      writer.open();
      for (const each of list) {
        const zigzag = BigInt.asUintN(64, (BigInt(each) << 1n) ^ (BigInt(each) >> 63n));
        writer.varint64(Number(zigzag & 0xffffffffn), Number(zigzag >> 32n));
      }
      writer.close();
      writer.tag(42);
      writer.open();
      writer.double(double);
      writer.double(1);
      writer.close();
      const bytes = writer.finish((size) => Buffer.alloc(size));
      const reader = new ForeignReader(bytes).enter(0, bytes.length);
      expect(reader.next() && reader.int()).toBe(int);
      expect(reader.next() && reader.uint()).toBe(uint);
      expect(reader.next() && reader.double()).toBe(double);
      const zigzags: number[] = [];
      expect(reader.next() && packedZigzags(bytes, reader.from, reader.to, zigzags)).toBe(true);
      expect(zigzags).toEqual(list);
      const doubles: number[] = [];
      expect(reader.next() && packedDoubles(bytes, reader.from, reader.to, doubles)).toBe(true);
      expect(doubles).toEqual([double, 1]);
      expect([reader.next(), reader.broken]).toEqual([false, false]);
    }),
  );
});

test('whatever the bytes, no field lies outside of its message, and the walk ends', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), (given, at) => {
      const bytes = Buffer.from(given);
      const from = Math.min(at, bytes.length);
      const reader = new ForeignReader(bytes).enter(from, bytes.length);
      let behind = from;
      while (reader.next()) {
        expect(reader.from).toBeGreaterThan(behind);
        expect(reader.to).toBeGreaterThanOrEqual(reader.from);
        expect(reader.to).toBeLessThanOrEqual(bytes.length);
        behind = reader.to;
      }
      if (!reader.broken) expect(behind).toBe(bytes.length);
      const messages = new DelimitedMessages(bytes);
      let end = 0;
      while (messages.read()) {
        expect(messages.from).toBeGreaterThan(end);
        expect(messages.to).toBeLessThanOrEqual(bytes.length);
        end = messages.to;
      }
      if (!messages.broken) expect(end).toBe(bytes.length);
    }),
    { numRuns: 2000 },
  );
});
