import { expect, test } from 'vitest';
import { fieldOf, messages, tagOf } from './fields.js';

test('a tag is the field number and the wire type of its kind', () => {
  expect(tagOf('Span', 'trace_id')).toBe(10);
  expect(tagOf('Span', 'kind')).toBe(48);
  expect(tagOf('Span', 'start_time_unix_nano')).toBe(57);
  expect(tagOf('Span', 'flags')).toBe(133);
  expect(tagOf('HistogramDataPoint', 'bucket_counts')).toBe(50);
  expect(tagOf('Buckets', 'bucket_counts')).toBe(18);
});

test('a name that the message does not have is no type and no field', () => {
  // @ts-expect-error a Status has no name
  expect(() => fieldOf('Status', 'name')).toThrow('no field name in Status');
  expect(new Set(messages.map(({ name }) => name)).size).toBe(messages.length);
});
