import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryText, arbitraryValue } from '../../../test/support/arbitrary-values.js';
import { referenceDecode } from '../../../test/support/reference-decode.js';
import { AttributeRun } from '../keys/attribute-run.js';
import { BatchCursor } from '../view/batch-cursor.js';
import { key } from '../view/key.js';
import { SpanView } from '../view/span.js';
import { dataViewOf } from '../wire/viewed-bytes.js';
import { SpanBuilder } from './spans.js';
import { MetricBuilder } from './metrics.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 300);

/** Also longer ones than are copied by words. */
const textOfAnyLength = fc.oneof(
  arbitraryText,
  fc.nat({ max: 300 }).map((length) => 'x'.repeat(length)),
);

test('attributes that are copied as bytes are those that were built of values', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(arbitraryText, arbitraryValue), { maxLength: 5 }), textOfAnyLength, (all, text) => {
      const builder = new SpanBuilder().resource().scope('test').span('a');
      for (const [name, { value }] of all) builder.attribute(name, value);
      const batch = builder.attribute('text', text).attribute('again', text).finish();
      const copy = new SpanBuilder().resource().scope('test').span('a');
      const run = new AttributeRun();
      const spans = new BatchCursor(new SpanView());
      const bytes = Buffer.from(batch.bytes);
      const source = { bytes, view: dataViewOf(bytes) };
      for (spans.open(batch); spans.next();)
        for (const attribute = spans.item.attributes(); attribute.next();) {
          const name = key(attribute.key.toString());
          const { value, fields } = attribute;
          if (name.text === 'text') copy.textAttribute(name, source, value.string.start, value.string.end);
          else if (name.text === 'again') run.addText(name.bytes, 0, name.bytes.length, Buffer.from(text));
          else if (all.length % 2 === 0) copy.encodedAttribute(name, source, value.start, value.end);
          else run.add(fields.bytes, fields.pieceFrom(0), fields.pieceTo(0));
        }
      const first = run.length;
      copy.encodedAttributes(run.bytes, 0, first);
      expect(run.clear().length).toBe(0);
      const attributesOf = (of: Uint8Array): string[] =>
        JSON.stringify(referenceDecode('traces', of), (_, one: unknown) => (typeof one === 'bigint' ? `${one}n` : one))
          .split('{"key"')
          .sort();
      expect(attributesOf(copy.finish().bytes).join().length).toBe(attributesOf(batch.bytes).join().length);
    }),
    { numRuns: runs },
  );
});

test('runs of numbers are written as numbers that stand alone are', () => {
  const write = (from: number, counts: readonly number[]): Buffer => {
    const builder = new MetricBuilder().resource().scope('test');
    builder.metric('h').histogram('delta').point(1).totals(3).buckets([1], counts, from, 2);
    builder.metric('e').exponentialHistogram('delta').point(1).totals(3).positive(5, counts, from, 2);
    builder.metric('s').sum('delta', true).point(1).int(1).exemplar(1).double(2);
    const ids = Buffer.from('...trace-id-of-sixtspan-id.');
    builder.contextIn(ids, 3, 19).exemplar(1).double(3).contextIn(ids, 3, -1);
    return Buffer.from(builder.finish().bytes);
  };
  expect(write(1, [9, 1, 2, 9]).equals(write(0, [1, 2]))).toBe(true);
  const trees = JSON.stringify(referenceDecode('metrics', write(0, [1, 2])), (_, one: unknown) =>
    typeof one === 'bigint' ? String(one) : one,
  );
  expect(trees).toContain(Buffer.from('trace-id-of-sixt').toString('hex'));
  expect(trees.split(Buffer.from('span-id.').toString('hex'))).toHaveLength(2);
});
