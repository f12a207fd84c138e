import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryOtlp } from '../../../test/support/arbitrary-otlp.js';
import { fieldOf } from '../fields.js';
import { validate } from '../wire/validate.js';
import { BatchCursor } from './batch-cursor.js';
import { ItemSearch } from './item-search.js';
import { key } from './key.js';
import { LogRecordView } from './log-record.js';
import { SpanView } from './span.js';
import { ValueView } from './value.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 300);
const keys = [key('service.name'), key(''), key('host.name'), key('service.name'), key('é'.repeat(100))];

const search = {
  traces: new ItemSearch('Span', fieldOf('Span', 'trace_state'), keys),
  logs: new ItemSearch('LogRecord', fieldOf('LogRecord', 'severity_text'), keys),
};
const cursor = { traces: new BatchCursor(new SpanView()), logs: new BatchCursor(new LogRecordView()) };

test.each(['traces', 'logs'] as const)('%s: one pass finds what each look-up of a view finds', (signal) => {
  const found = search[signal];
  const items = cursor[signal];
  const value = new ValueView();
  fc.assert(
    fc.property(arbitraryOtlp(signal), (bytes) => {
      const batch = validate(signal, bytes);
      found.open(batch);
      for (items.open(batch); items.next();) {
        found.move(items.itemRow);
        const { item } = items;
        const text = item instanceof SpanView ? item.traceState : item.severityText;
        const { field } = found;
        expect(field.isThere ? bytes.subarray(field.from, field.to).toString('hex') : '').toBe(text.hex());
        for (const [i, one] of keys.entries()) {
          const place = found.attribute(i);
          expect(place.isThere).toBe(item.attribute(one, value));
          expect(found.value(i).type).toBe(value.type);
          expect(found.value(i).string.hex()).toBe(value.string.hex());
          // The value lies in the attribute, and the attribute in the item.
          if (place.isThere)
            expect(
              place.start < place.from && place.from <= place.to && place.to <= batch.index.itemTo(items.itemRow),
            ).toBe(true);
        }
      }
      found.close();
      expect([found.field.from <= found.field.to, found.value(0).type]).toEqual([true, 'empty']);
    }),
    { numRuns: runs },
  );
});
