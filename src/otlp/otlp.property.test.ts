import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryMutation, arbitraryOtlp } from '../../test/support/arbitrary-otlp.js';
import { referenceVerdict } from '../../test/support/reference-otlp.js';
import { InvalidOtlp } from './wire/invalid.js';
import { jsonToProto } from './json/decode.js';
import { jsonText } from './json/encode.js';
import { merge } from './parts/merge.js';
import { splitByBytes } from './parts/split-by-bytes.js';
import { signals, type Signal } from './signal.js';
import { partition, splitByCount } from './parts/partition.js';
import { validate } from './wire/validate.js';
import type { Batch } from './batch.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 300);

function accepts(signal: Signal, bytes: Uint8Array): Batch | undefined {
  try {
    return validate(signal, bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOtlp);
    expect((error as InvalidOtlp).offset).toBeLessThanOrEqual(bytes.length);
    return undefined;
  }
}

test.each(signals)('%s: valid requests are accepted with the right count', (signal) => {
  fc.assert(
    fc.property(arbitraryOtlp(signal), (bytes) => {
      const verdict = referenceVerdict(signal, bytes);
      expect(verdict.accepted).toBe(true);
      expect(accepts(signal, bytes)?.itemCount).toBe(verdict.accepted ? verdict.items : -1);
    }),
    { numRuns: runs },
  );
});

test.each(signals)('%s: changed requests are accepted exactly when the reference accepts them', (signal) => {
  fc.assert(
    fc.property(arbitraryMutation(arbitraryOtlp(signal)), (bytes) => {
      const verdict = referenceVerdict(signal, bytes);
      let ours = 'accepted';
      try {
        validate(signal, bytes);
      } catch (error) {
        ours = (error as Error).message;
      }
      expect(
        ours === 'accepted' ? ours : 'refused',
        `ours: ${ours}; reference: ${verdict.accepted ? 'accepted' : verdict.why}`,
      ).toBe(verdict.accepted ? 'accepted' : 'refused');
    }),
    { numRuns: runs * 3 },
  );
});

test.each(signals)('%s: whatever is accepted, however odd, can be read, cut and joined', (signal) => {
  const odd = fc.oneof(
    arbitraryMutation(arbitraryOtlp(signal)),
    // Joined requests have messages twice that should come once.
    fc.array(arbitraryOtlp(signal), { minLength: 2, maxLength: 3 }).map((list) => new Uint8Array(Buffer.concat(list))),
  );
  fc.assert(
    fc.property(odd, (bytes) => {
      const batch = accepts(signal, bytes);
      if (!batch) return;
      const again = validate(signal, jsonToProto(signal, Buffer.from(jsonText(signal, batch.bytes))));
      expect(again.itemCount).toBe(batch.itemCount);
      if (signal === 'profiles') return;
      const cut = splitByCount(batch, 1, 2);
      expect(cut.reduce((sum, part) => sum + validate(signal, part.bytes).itemCount, 0)).toBe(batch.itemCount);
      if (cut.length > 0) expect(validate(signal, merge(cut).bytes).itemCount).toBe(batch.itemCount);
      const { parts, tooLarge } = splitByBytes(batch, 100, 100);
      expect(parts.reduce((sum, part) => sum + part.itemCount, tooLarge?.itemCount ?? 0)).toBe(batch.itemCount);
    }),
    { numRuns: runs * 3 },
  );
});

test('a tag of ten bytes is read as the Collector reads it, by every reader', () => {
  const bytes = Buffer.from('0a231a0c736572766963652e6e616d651213a0384095aab2b894ab9c95e51a0564236070540a00', 'hex');
  const batch = validate('metrics', bytes);
  expect(batch.itemCount).toBe(0);
  expect(JSON.parse(jsonText('metrics', bytes))).toEqual({
    resourceMetrics: [{ resource: {}, scopeMetrics: [{ scope: {} }], schemaUrl: 'service.name' }, { resource: {} }],
  });
});

test('attributes of every plain kind, with any byte changed, are accepted exactly when the reference does', () => {
  const field = (tag: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([tag, body.length]), body]);
  const values = ['0a0161', '0a00', '1801', '18ac02', '1001', '21000000000000f03f', '3a0102', '0a03616263', '1801'];
  const row = values.map((value) =>
    field(10, Buffer.concat([field(10, Buffer.from('k')), field(18, Buffer.from(value, 'hex'))])),
  );
  const request = field(10, field(10, Buffer.concat(row)));
  for (let at = 0; at < request.length; at++) {
    const changed = new Uint8Array(request);
    for (let value = 0; value < 256; value++) {
      changed[at] = value;
      const verdict = referenceVerdict('traces', changed);
      if ((accepts('traces', changed) !== undefined) !== verdict.accepted)
        expect.fail(`byte ${at} as ${value}: the reference says ${verdict.accepted ? 'accepted' : verdict.why}`);
    }
  }
});

const split = ['traces', 'logs', 'metrics'] as const;

test.each(split)('%s: parts of a split hold every item once, stay valid, and join to the same number', (signal) => {
  fc.assert(
    fc.property(
      arbitraryOtlp(signal),
      fc.array(fc.integer({ min: -1, max: 3 }), { minLength: 1, maxLength: 20 }),
      (bytes, choices) => {
        const batch = validate(signal, bytes);
        const partOf = Int32Array.from({ length: batch.itemCount }, (_item, i) => choices[i % choices.length]!);
        const parts = partition(batch, partOf, 4);
        for (const [i, part] of parts.entries()) {
          const wanted = partOf.filter((p) => p === i).length;
          expect(part?.itemCount ?? 0).toBe(wanted);
          if (part) expect(validate(signal, part.bytes).itemCount).toBe(wanted);
        }
        const cut = splitByCount(batch, 3, 2);
        expect(cut.reduce((sum, part) => sum + part.itemCount, 0)).toBe(batch.itemCount);
        if (cut.length > 0) expect(validate(signal, merge(cut).bytes).itemCount).toBe(batch.itemCount);
      },
    ),
    { numRuns: runs },
  );
});

test.each(signals)('%s: JSON of a request says the same after a second way through protobuf', (signal) => {
  fc.assert(
    fc.property(arbitraryOtlp(signal), (bytes) => {
      const batch = validate(signal, bytes);
      const json = jsonText(signal, batch.bytes);
      const again = jsonToProto(signal, Buffer.from(json));
      expect(validate(signal, again).itemCount).toBe(batch.itemCount);
      expect(jsonText(signal, again)).toBe(json);
    }),
    { numRuns: runs },
  );
});

test.each(signals)('%s: whatever text comes, it is transcoded or refused with its place', (signal) => {
  const source = arbitraryOtlp(signal).map((bytes) => Buffer.from(jsonText(signal, bytes)));
  fc.assert(
    fc.property(arbitraryMutation(source), (text) => {
      let proto: Uint8Array | undefined;
      try {
        proto = jsonToProto(signal, text);
      } catch (error) {
        expect((error as Error).name).toBe('InvalidJson');
        return;
      }
      expect(accepts(signal, proto)).toBeDefined();
    }),
    { numRuns: runs },
  );
});
