import { describe, expect, it } from 'vitest';

import { callConverter, heldServices, named } from '../../../../test/support/ottl-call.js';
import { Duration, Time, type Value } from '../../value.js';
import { timePartFunctions } from './time-parts.js';
import { timeFunctions } from './times.js';

const time = named(timeFunctions, 'Time');
const formatTime = named(timeFunctions, 'FormatTime');

function read(text: string, format: string, location?: string, locale?: string): string {
  const value = callConverter(time, text, format, location, locale);
  if (!(value instanceof Time)) throw new Error('no time');
  return new Date(Number(value.nanoseconds / 1_000_000n)).toISOString();
}

describe('Time', () => {
  it.each([
    ['2023-04-05', '%Y-%m-%d', '2023-04-05T00:00:00.000Z'],
    ['2023-4-5', '%F', '2023-04-05T00:00:00.000Z'],
    [' 2023-04-05  07:08:09', '%F %T', '2023-04-05T07:08:09.000Z'],
    ['10/Oct/2000:13:55:36 -0700', '%d/%b/%Y:%H:%M:%S %z', '2000-10-10T20:55:36.000Z'],
    ['2023-04-05T10:11:12.5Z', '%Y-%m-%dT%H:%M:%S.%LZ', '2023-04-05T10:11:12.500Z'],
    ['2023-04-05T10:11:12.123456+02', '%FT%T%z', '2023-04-05T08:11:12.123Z'],
    ['12:30:00 AM 04/05/69', '%I:%M:%S %p %D', '1969-04-05T00:30:00.000Z'],
    ['3:04 pm 4/5/2023', '%l:%M %P %x', '2023-04-05T15:04:00.000Z'],
    ['Wednesday, April 5, 2023', '%A, %B %e, %Y', '2023-04-05T00:00:00.000Z'],
    ['20230405101112', '%Y%m%d%H%M%S', '2023-04-05T10:11:12.000Z'],
    ['2023-04-05 10:11:12 +05:30:00', '%F %T %k', '2023-04-05T04:41:12.000Z'],
    ['2023-04-05 UTC', '%F %Z', '2023-04-05T00:00:00.000Z'],
    ['5%\t2023', '%d%%%t%Y', '2023-01-05T00:00:00.000Z'],
  ])('reads %j by %j', (text, format, expected) => expect(read(text, format, 'UTC')).toBe(expected));

  it.each([
    ['2023-04-05 10:00', '%F %R', 'America/New_York', '2023-04-05T14:00:00.000Z'],
    // In the gap of spring the later offset holds, as in Go.
    ['2023-03-12 02:30', '%F %R', 'America/New_York', '2023-03-12T06:30:00.000Z'],
    ['2023-07-05 10:00 EST', '%F %R %Z', 'America/New_York', '2023-07-05T15:00:00.000Z'],
    ['2023-04-05 10:00 CET', '%F %R %Z', 'UTC', '2023-04-05T09:00:00.000Z'],
    ['2023-04-05 10:00 MST', '%F %R %Z', 'UTC', '2023-04-05T17:00:00.000Z'],
    ['2023-04-05 10:00 GMT', '%F %R %Z', 'UTC', '2023-04-05T10:00:00.000Z'],
  ])('reads %j by %j in %s', (text, format, location, expected) => {
    expect(read(text, format, location)).toBe(expected);
  });

  it.each([
    ['mercoledì set 4 2024', '%A %h %e %Y', 'it', '2024-09-04T00:00:00.000Z'],
    ['Febrero 25 lunes, 2002, 02:03:04 p.m.', '%B %d %A, %Y, %r', 'es-ES', '2002-02-25T14:03:04.000Z'],
    ['5 März 2023', '%d %B %Y', 'de', '2023-03-05T00:00:00.000Z'],
    ['3 февраля 2023', '%d %B %Y', 'ru', '2023-02-03T00:00:00.000Z'],
  ])('reads %j by %j in the language %s', (text, format, locale, expected) => {
    expect(read(text, format, 'UTC', locale)).toBe(expected);
  });

  it('takes the year from the clock, or the one before for dates far ahead', () => {
    expect(read('Mar 8 01:00:00', '%b %d %T', 'UTC')).toBe('2026-03-08T01:00:00.000Z');
    expect(read('Mar 9 01:00:00', '%b %d %T', 'UTC')).toBe('2025-03-09T01:00:00.000Z');
    expect(read('01:00:00', '%T', 'UTC')).toBe('2026-01-01T01:00:00.000Z');
  });

  it.each([
    ['', '%Y', 'time cannot be nil'],
    ['x', '%Y', 'parsing time "x" as "%Y": cannot parse "x" as "%Y"'],
    ['2023-04', '%F', 'parsing time "2023-04" as "%F": cannot parse "" as "%F"'],
    ['2023-04-31', '%F', 'parsing time "2023-04-31": day out of range'],
    ['2023-13-01', '%F', 'parsing time "2023-13-01": month out of range'],
    ['24:00', '%R', 'parsing time "24:00": hour out of range'],
    ['2023 "', '%Y', 'parsing time "2023 \\"": extra text: " \\""'],
    ['2023 PST', '%Y %Z', 'failed to load location PST: unknown time zone PST'],
    ['1700000000', '%s', 'parsing time "1700000000" as "%s": cannot parse "1700000000" as "%s"'],
  ])('refuses %j by %j', (text, format, message) => {
    expect(() => callConverter(time, text, format, 'UTC')).toThrow(message);
  });

  it.each([
    ['', undefined, undefined, 'cannot be empty'],
    ['%Y 15', undefined, undefined, 'cannot contain digits'],
    ['%Q', undefined, undefined, 'unknown directive %Q'],
    ['%T %L', undefined, undefined, '%L must stand behind "." or ","'],
    ['%Y', 'Mars/Base', undefined, 'there is no time zone "Mars/Base"'],
    ['%Y', undefined, 'zz_', 'is no language tag'],
    ['%Y', undefined, 'tlh', 'no names of months and days'],
  ])('refuses the format %j in %s and %s when it is loaded', (format, location, locale, message) => {
    expect(() => callConverter(time, '2023', format, location, locale)).toThrow(message);
  });
});

describe('FormatTime', () => {
  const at = new Time(1_700_000_000_123_400_000n);

  it.each([
    ['%Y-%m-%d %H:%M:%S.%f', '2023-11-14 22:13:20.1234'],
    ['%a %A %b %B %e %g %y %q %o', 'Tue Tuesday Nov November 14 14 23 11 _11'],
    ['%I %l %p %P %r %R %T', '10 10 PM pm 10:13:20 pm 22:13 22:13:20'],
    ['%z %Z %i %j %k %w', 'Z UTC +00 +00:00 +00:00:00 +000000'],
    ['%f,%n%t%%', '999999,\n\t%'],
    ['May Jan Month Monday', 'May Nov Month Tuesday'],
  ])('writes by %j', (format, expected) => expect(callConverter(formatTime, at, format)).toBe(expected));

  it.each([
    ['America/New_York', '17:13 -0500 EST'],
    ['Europe/Berlin', '23:13 +0100 CET'],
    ['Asia/Tokyo', '07:13 +0900 JST'],
    ['America/Sao_Paulo', '19:13 -0300 -03'],
    ['+05:30', '03:43 +0530 +0530'],
  ])('writes in the zone %s', (zone, expected) => {
    expect(callConverter(formatTime, new Time(at.nanoseconds, zone), '%R %z %Z')).toBe(expected);
  });
});

describe('functions of times', () => {
  const at = new Time(-1n, 'America/New_York');

  it.each([
    ['Year', 1969n],
    ['Month', 12n],
    ['Day', 31n],
    ['Hour', 18n],
    ['Minute', 59n],
    ['Second', 59n],
    ['Nanosecond', 999_999_999n],
    ['Weekday', 3n],
  ])('%s is read in the zone of the time', (name, expected) => {
    expect(callConverter(named(timePartFunctions, name), at)).toBe(expected);
  });

  it.each<[string, Value[], Value]>([
    ['UnixSeconds', [at], -1n],
    ['UnixMilli', [at], -1n],
    ['UnixMicro', [at], -1n],
    ['UnixNano', [at], -1n],
    ['UnixMilli', [new Time(1_999_999n)], 1n],
  ])('%s rounds down (%#)', (name, args, expected) =>
    expect(callConverter(named(timeFunctions, name), ...args)).toBe(expected),
  );

  it('counts durations from the year 1 when it truncates', () => {
    const truncate = named(timeFunctions, 'TruncateTime');
    const cut = callConverter(truncate, new Time(1_700_000_000_123_456_789n), new Duration(420_000_000_000n));
    expect(cut).toEqual(new Time(1_699_999_920_000_000_000n));
    expect(callConverter(truncate, at, new Duration(0n))).toBe(at);
  });

  it('knows the time', () => {
    expect(callConverter(named(timeFunctions, 'Now'))).toMatchObject({ nanoseconds: heldServices.now() });
    expect(callConverter(named(timeFunctions, 'Unix'), 3n, -5n)).toMatchObject({ nanoseconds: 2_999_999_995n });
  });
});
