import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goLayout } from './go-layout.js';
import { strptimeLayout } from './layout-step.js';
import { readingSteps } from './strptime.js';
import { TimeText } from './time-text.js';

function go(layout: string, text: string): string {
  return shown(new TimeText(goLayout(layout), layout), text);
}

function strptime(layout: string, text: string): string {
  return shown(new TimeText(strptimeLayout(readingSteps(layout)), layout), text);
}

/** The moment, as if an unknown zone were UTC, with its nanoseconds. */
function shown(reader: TimeText, text: string): string {
  if (!reader.read(text)) return reader.fault;
  const seconds = reader.local() - (Number.isNaN(reader.offset) ? 0 : reader.offset);
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  return `${whole}.${String(reader.nanos).padStart(9, '0')}${reader.zoneName === '' ? '' : ` ${reader.zoneName}`}`;
}

describe('layouts of Go', () => {
  test.each<readonly [layout: string, text: string, moment: string]>([
    ['2006-01-02T15:04:05Z07:00', '2024-05-06T07:08:09.987654321+02:00', '2024-05-06T05:08:09.987654321'],
    ['2006-01-02', '2024-2-09', 'parsing time "2024-2-09" as "2006-01-02": cannot parse "2-09" as "01"'],
    ['2006-1-2', '2024-2-9', '2024-02-09T00:00:00.000000000'],
    ['Jan _2 2006', 'feb  9 2024', '2024-02-09T00:00:00.000000000'],
    ['Monday, January 2 2006', 'FRIDAY, February 9 2024', '2024-02-09T00:00:00.000000000'],
    ['02 Jan 06 15:04 MST', '09 Feb 24 07:08 CEST', '2024-02-09T07:08:00.000000000 CEST'],
    ['02 Jan 06 15:04 -0700', '09 Feb 24 07:08 +0530', '2024-02-09T01:38:00.000000000'],
    ['02 Jan 06 15:04 -07', '09 Feb 24 07:08 -08', '2024-02-09T15:08:00.000000000'],
    ['15:04:05.000', '07:08:09.12', 'parsing time "07:08:09.12" as "15:04:05.000": cannot parse ".12" as ".000"'],
    ['3:04PM 2006', '12:30AM 2024', '2024-01-01T00:30:00.000000000'],
    ['3:04PM 2006', '12:30PM 2024', '2024-01-01T12:30:00.000000000'],
    ['2006 002', '2024 366', '2024-12-31T00:00:00.000000000'],
    ['2006 002', '2023 366', 'parsing time "2023 366": day-of-year out of range'],
    ['2006-01-02Z07', '2024-02-09Z', '2024-02-09T00:00:00.000000000'],
    ['2006-01-02 -07:00:00', '2024-02-09 +01:02:03', '2024-02-08T22:57:57.000000000'],
    ['Janus 2006', 'Janus 2024', '2024-01-01T00:00:00.000000000'],
    ['2006-01-02', '2024-02-30', 'parsing time "2024-02-30": day out of range'],
    ['2006-01-02', '2024-02-09x', 'parsing time "2024-02-09x": extra text: "x"'],
    ['06', '68', '2068-01-01T00:00:00.000000000'],
    ['06', '69', '1969-01-01T00:00:00.000000000'],
  ])('%s reads %s', (layout, text, moment) => expect(go(layout, text)).toBe(moment));
});

describe('layouts of strptime', () => {
  test.each<readonly [layout: string, text: string, moment: string]>([
    ['%Y-%m-%d %H:%M:%S', '2024-2-9 3:4:5', '2024-02-09T03:04:05.000000000'],
    ['%Y-%m-%dT%H:%M:%S.%L%z', '2024-05-06T07:08:09+0000', '2024-05-06T07:08:09.000000000'],
    ['%Y-%m-%dT%H:%M:%S,%f%z', '2024-05-06T07:08:09,123456789Z', '2024-05-06T07:08:09.123456789'],
    ['%H:%M%z %Y', '07:08+05:30 2024', '2024-01-01T01:38:00.000000000'],
    ['%d/%b/%Y:%H:%M:%S %z', '10/Oct/2000:13:55:36 -0700', '2000-10-10T20:55:36.000000000'],
    ['%e %B %y', ' 9 February 24', '2024-02-09T00:00:00.000000000'],
    ['%D', '02/09/2024', '2024-02-09T00:00:00.000000000'],
    ['%F %T', '2024-02-09 03:04:05', '2024-02-09T03:04:05.000000000'],
    ['%c', 'Fri Feb 09 03:04:05 2024', '2024-02-09T03:04:05.000000000'],
    ['%I %p %Y', '13 AM 2024', 'parsing time "13 AM 2024": hour out of range'],
    ['%Y%j', '2024+05:30', '2023-12-31T18:30:00.000000000'],
    ['%Y%j', '2024Z', 'parsing time "2024Z" as "%Y%j": cannot parse "Z" as "%j"'],
    ['%Y%i', '2024+05', '2023-12-31T19:00:00.000000000'],
    ['100%% %Y', '100% 2024', '2024-01-01T00:00:00.000000000'],
  ])('%s reads %s', (layout, text, moment) => expect(strptime(layout, text)).toBe(moment));
});

test('reads what Date writes, of the years from 1 to 9999', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      const text = date.toISOString();
      expect(go('2006-01-02T15:04:05.000Z07:00', text)).toBe(`${text.slice(0, -1)}000000`);
      expect(strptime('%Y-%m-%dT%H:%M:%S.%LZ', text)).toBe(`${text.slice(0, -1)}000000`);
    }),
  );
});

test('any layout reads any text, or says why not', () => {
  const parts = fc.constantFrom(
    ...'2006 06 Jan 01 1 Mon 02 _2 2 15 3 03 04 05 PM MST Z07:00 -0700 .000 ,999 002 : x'.split(' '),
  );
  const texts = fc.string({ unit: fc.constantFrom(...'0123456789 :.,+-JanMonFebPMZxUTC') });
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 8 }), texts, (layout, text) => {
      expect(go(layout.join(''), text)).toMatch(/^(parsing time |-?\d{4,6}-)/);
    }),
  );
});
