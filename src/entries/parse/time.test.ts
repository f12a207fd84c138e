import { describe, expect, test } from 'vitest';
import { runOperators } from '../../../test/support/entry-lines.js';

/** Nanoseconds of the record that a line becomes; undefined when it has no time. */
function timeOf(line: string, options: Readonly<Record<string, unknown>>, nowMs?: number): unknown {
  const operator = { type: 'time_parser', parse_from: 'body', ...options };
  return runOperators([operator], [line], nowMs === undefined ? {} : { nowMs }).records[0]?.['timeUnixNano'];
}

function nanosOf(iso: string): string {
  return `${Date.parse(iso)}000000`;
}

describe('abbreviations of zones', () => {
  const options = {
    layout: '%a %b %d %H:%M:%S %Z %Y',
    location: 'Asia/Kolkata',
    time_zone_locations: { PDT: 'America/Los_Angeles', NZST: 'Pacific/Auckland' },
  };
  test.each([
    ['Wed Aug 27 15:08:58 IST 2025', '2025-08-27T15:08:58+05:30'],
    ['Wed Aug 20 14:08:48 PDT 2025', '2025-08-20T14:08:48-07:00'],
    ['Wed Jan 15 10:00:00 NZST 2025', '2025-01-15T10:00:00+12:00'],
    ['Wed Jan 15 10:00:00 EST 2025', '2025-01-15T10:00:00-05:00'],
    ['Wed Jan 15 10:00:00 GMT+3 2025', '2025-01-15T10:00:00+03:00'],
  ])('%s', (line, moment) => expect(timeOf(line, options)).toBe(nanosOf(moment)));

  test('that nobody knows fail, each time anew', () => {
    const lines = ['Wed Jan 15 10:00:00 XYZ 2025', 'Wed Jan 15 10:00:00 XYZ 2025'];
    const { log } = runOperators([{ type: 'time_parser', parse_from: 'body', ...options }], lines);
    const error = 'failed to load location XYZ: unknown time zone XYZ';
    expect(log.map(([, , fields]) => fields['error'])).toEqual([error, error]);
  });
});

describe('a layout without a year', () => {
  const layout = '%b %d %H:%M:%S';
  test.each([
    ['Jan 02 03:04:05', '2026-12-30T00:00:00Z', '2026-01-02T03:04:05Z'],
    ['Dec 31 23:59:59', '2026-01-01T00:00:10Z', '2025-12-31T23:59:59Z'],
    ['Jan 05 00:00:00', '2026-01-01T00:00:00Z', '2026-01-05T00:00:00Z'],
    ['Jan 09 00:00:00', '2026-01-01T00:00:00Z', '2025-01-09T00:00:00Z'],
    ['Feb 29 00:00:00', '2026-06-01T00:00:00Z', '2026-03-01T00:00:00Z'],
  ])('%s read at %s', (line, now, moment) =>
    expect(timeOf(line, { layout, location: 'UTC' }, Date.parse(now))).toBe(nanosOf(moment)),
  );
});

describe('numbers since 1970', () => {
  test.each([
    ['s', '1136214245', '1136214245000000000'],
    ['s', '-1', '18446744072709551616'],
    ['s', '99999999999', '7766279630452241920'],
    ['ms', '1136214245123', '1136214245123000000'],
    ['us', '1136214245123456', '1136214245123456000'],
    ['ns', '1136214245123456789', '1136214245123456789'],
    ['s.ms', '1136214245.1', '1136214245001000000'],
    ['s.us', '1136214245.123456', '1136214245123456000'],
    ['s.ns', '1136214245.123456789', '1136214245123456789'],
    ['s', '1136214245.5', undefined],
    ['s.ms', '1136214245', undefined],
    ['s', '99999999999999999999', undefined],
    ['s', ' 1', undefined],
  ])('%s: %s', (layout, line, nanos) => expect(timeOf(line, { layout_type: 'epoch', layout })).toBe(nanos));

  test.each([
    ['s', '1136214245.9', '1136214245000000000'],
    ['ms', '1136214245123', '1136214245123000000'],
    ['s.ms', '1136214245.1', '1136214245100000000'],
    ['s.ns', '1136214245.25', '1136214245250000000'],
  ])('as numbers of JSON, %s: %s', (layout, number, nanos) => {
    const timestamp = { parse_from: 'attributes.t', layout_type: 'epoch', layout };
    const { records } = runOperators([{ type: 'json_parser', timestamp }], [`{"t":${number}}`]);
    expect(records[0]?.['timeUnixNano']).toBe(nanos);
  });
});
