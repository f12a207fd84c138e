import { OttlError } from '../../ottl-error.js';
import { Time } from '../../value.js';
import { goQuoted } from '../../../strconv/quoted.js';
import { civilOf, daysIn, nanosecondsOf, secondsOf } from './civil.js';
import { elementReader, type Reading } from './read-element.js';
import type { Step } from '../../../formats/time/strptime.js';
import type { TimeNames } from './time-names.js';
import { instantOf, isZone, offsetAt, offsetName, type Zone } from '../../../formats/time/time-zone.js';
import { abbreviationAt, offsetOfAbbreviation } from '../../../formats/time/zone-abbreviation.js';

/** How texts of one format become times. */
export interface TimeReader {
  readonly format: string;
  readonly steps: readonly Step[];
  readonly names: TimeNames;
  /** Holds for texts without a zone of their own. */
  readonly zone: Zone;
}

const week = 7 * 86_400;

/**
 * Reads a text as Go's `time.ParseInLocation` does, with the tolerance of the Collector's strptime. A format without a
 * year means the year of `now` (nanoseconds since 1970), or the one before for dates of more than a week ahead.
 */
export function parseTime(text: string, reader: TimeReader, now: bigint): Time {
  const reading = read(text, reader);
  const { year = 0, month = 1, day = 1, second, minute, nanosecond } = reading;
  if (day < 1 || day > daysIn(month, year)) throw new OttlError(`parsing time ${goQuoted(text)}: day out of range`);
  const clock = { year, month, day, hour: hourOf(reading), minute, second };
  if (year > 0) return zoned(clock, nanosecond, reading, reader);
  return recent(clock, nanosecond, reading, reader, now);
}

type Clock = Parameters<typeof secondsOf>[0];

function recent(clock: Clock, nanosecond: number, reading: Reading, reader: TimeReader, now: bigint): Time {
  const year = civilOf(now, offsetAt(reader.zone, Number(now / 1_000_000_000n))).year;
  const time = zoned({ ...clock, year }, nanosecond, reading, reader);
  const isFuture = time.nanoseconds > now + BigInt(week) * 1_000_000_000n;
  return isFuture ? zoned({ ...clock, year: year - 1 }, nanosecond, reading, reader) : time;
}

function read(text: string, { format, steps, names }: TimeReader): Reading {
  const reading = elementReader(text, names);
  for (const [index, step] of steps.entries()) {
    const before = reading.at;
    const next = steps[index + 1];
    const problem = reading.step(step, next?.element === '.999');
    if (problem === undefined) continue;
    if (problem !== 'mismatch') throw new OttlError(`parsing time ${goQuoted(text)}: ${problem} out of range`);
    throw new OttlError(
      `parsing time ${goQuoted(text)} as ${goQuoted(format)}: ` +
        `cannot parse ${goQuoted(text.slice(before))} as ${goQuoted(step.directive)}`,
    );
  }
  if (reading.at < text.length)
    throw new OttlError(`parsing time ${goQuoted(text)}: extra text: ${goQuoted(text.slice(reading.at))}`);
  return reading;
}

function hourOf({ hour, isAfternoon }: Reading): number {
  if (isAfternoon === true && hour < 12) return hour + 12;
  return isAfternoon === false && hour === 12 ? 0 : hour;
}

function zoned(clock: Clock, nanosecond: number, reading: Reading, { zone }: TimeReader): Time {
  const local = secondsOf(clock);
  const { offset, abbreviation } = reading;
  if (reading.isUtc) return new Time(nanosecondsOf(local, nanosecond));
  if (offset !== undefined) {
    const instant = local - offset;
    const isLocal = offsetAt(zone, instant) === offset;
    const own = offset === 0 ? undefined : offsetName(offset);
    return new Time(nanosecondsOf(instant, nanosecond), isLocal ? zone : own);
  }
  if (abbreviation === undefined) return new Time(nanosecondsOf(instantOf(local, zone), nanosecond), zone);
  return abbreviated(abbreviation, local, nanosecond, zone);
}

/** An abbreviation means the time of that name in the zone, else a zone of that name. */
function abbreviated(name: string, local: number, nanosecond: number, zone: Zone): Time {
  const known = offsetOfAbbreviation(zone, name, local);
  if (known !== undefined) return new Time(nanosecondsOf(local - known, nanosecond), zone);
  if (/^GMT[+-]\d/.test(name)) {
    const offset = Number(name.slice(3)) * 3600;
    return new Time(nanosecondsOf(local - offset, nanosecond), offsetName(offset));
  }
  if (!isZone(name)) throw new OttlError(`failed to load location ${name}: unknown time zone ${name}`);
  const offset = offsetOfAbbreviation(name, name, local) ?? offsetAt(name, local);
  return new Time(
    nanosecondsOf(local - offset, nanosecond),
    abbreviationAt(name, local) === name ? name : offsetName(offset),
  );
}
