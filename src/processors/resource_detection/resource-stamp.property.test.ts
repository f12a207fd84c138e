import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryOtlp } from '../../../test/support/arbitrary-otlp.js';
import { listOf } from '../../../test/support/edit-model.js';
import { referenceDecode, type Tree } from '../../../test/support/reference-decode.js';
import type { AttributeValue } from '../../otlp/build/any-value.js';
import type { Signal } from '../../otlp/signal.js';
import { validate } from '../../otlp/wire/validate.js';
import { resultAtOnce } from '../../otlp/work.js';
import type { DetectedResource } from './detection/merge.js';
import { ResourceStamp } from './resource-stamp.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 300);

const names = ['service.name', 'host.name', 'new', 'list'] as const;
const detectedValues: Readonly<Record<(typeof names)[number], readonly [AttributeValue, Tree]>> = {
  'service.name': ['detected', { string_value: 'detected' }],
  'host.name': ['', { string_value: '' }],
  new: ['é'.repeat(80), { string_value: 'é'.repeat(80) }],
  list: [['a', 'b'], { array_value: { values: [{ string_value: 'a' }, { string_value: 'b' }] } }],
};

const rows: Readonly<Record<Signal, string>> = {
  traces: 'resource_spans',
  logs: 'resource_logs',
  metrics: 'resource_metrics',
  profiles: 'resource_profiles',
};

/** Sets in a tree what the processor sets in bytes. */
function model(signal: Signal, tree: Tree, { attributes, schemaUrl }: DetectedResource, override: boolean): void {
  for (const row of listOf(tree, rows[signal])) {
    const resource = (row['resource'] as Tree | undefined) ?? {};
    const list = listOf(resource, 'attributes');
    for (const name of attributes.keys()) {
      const [, value] = detectedValues[name as (typeof names)[number]];
      const own = list.findIndex((pair) => pair['key'] === name);
      if (own < 0) list.push({ key: name, value: structuredClone(value) });
      else if (override) {
        list[own]!['value'] = structuredClone(value);
        for (let other = list.length - 1; other > own; other--) if (list[other]!['key'] === name) list.splice(other, 1);
      }
    }
    if (list.length > 0) resource['attributes'] = list;
    if (attributes.size > 0 || row['resource'] !== undefined) row['resource'] = resource;
    if (schemaUrl !== '' && (row['schema_url'] ?? '') === '') row['schema_url'] = schemaUrl;
  }
}

test.each(['traces', 'logs', 'metrics'] as const)('%s: nothing changes but what is detected', (signal) => {
  const detected = fc.record({
    attributes: fc.subarray([...names]).map((some) => new Map(some.map((name) => [name, detectedValues[name][0]]))),
    schemaUrl: fc.constantFrom('', 'https://opentelemetry.io/schemas/1.40.0'),
  });
  fc.assert(
    fc.property(arbitraryOtlp(signal), detected, fc.boolean(), (bytes, resource, override) => {
      const batch = validate(signal, bytes);
      const expected = referenceDecode(signal, batch.bytes);
      model(signal, expected, resource, override);
      const stamp = new ResourceStamp(override, () => resource);
      const made = resultAtOnce(stamp.changing(batch));
      expect(made.itemCount).toBe(batch.itemCount);
      expect(referenceDecode(signal, made.bytes)).toEqual(expected);
      // Nothing is left to be done.
      expect(resultAtOnce(stamp.changing(made))).toBe(made);
    }),
    { numRuns: runs },
  );
});
