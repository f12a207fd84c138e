import { formatFault, readingSteps, writingSteps } from '../../../formats/time/strptime.js';
import { hasZone, localZone, zoneNamed, type Zone } from '../../../formats/time/time-zone.js';
import { converter, type Converter } from '../../function.js';
import { OttlError, StatementError } from '../../ottl-error.js';
import { duration, int, literalString, optional, string, time } from '../../parameters.js';
import { Time } from '../../value.js';
import { formatTime } from './format-time.js';
import { parseTime } from './parse-time.js';
import { englishNames, namesOf } from './time-names.js';

/** Seconds from Go's zero time, 1 January of year 1, to 1970: times are truncated from there. */
const zeroTime = 62_135_596_800n * 1_000_000_000n;

const timeOfText = converter(
  'Time',
  { time: string(), format: literalString(), location: optional(literalString()), locale: optional(literalString()) },
  ({ time: text, format, location, locale }, { now }) => {
    checkFormat(format);
    const names = locale === undefined ? englishNames : namesOf(locale);
    const reader = { format, steps: readingSteps(format), names, zone: zoneOf(location, format) };
    return (scene) => {
      const value = text.get(scene);
      if (value === '') throw new OttlError('time cannot be nil');
      return parseTime(value, reader, now());
    };
  },
);

const formattedTime = converter('FormatTime', { time: time(), format: literalString() }, (args) => {
  checkFormat(args.format);
  const steps = writingSteps(args.format);
  return (scene) => formatTime(args.time.get(scene), steps);
});

const currentTime = converter(
  'Now',
  {},
  (_, { now }) =>
    () =>
      new Time(now(), localZone()),
);

const unix = converter('Unix', { seconds: int(), nanoseconds: optional(int()) }, ({ seconds, nanoseconds }) => {
  return (scene) => {
    const nanos = nanoseconds?.get(scene) ?? 0n;
    return new Time(seconds.get(scene) * 1_000_000_000n + nanos, localZone());
  };
});

const truncated = converter('TruncateTime', { time: time(), duration: duration() }, (args) => (scene) => {
  const value = args.time.get(scene);
  const step = args.duration.get(scene).nanoseconds;
  if (step <= 0n) return value;
  const sinceZero = value.nanoseconds + zeroTime;
  return new Time(value.nanoseconds - (((sinceZero % step) + step) % step), value.zone);
});

/** Converters that make times, and those that write them. */
export const timeFunctions: readonly Converter[] = [
  timeOfText,
  formattedTime,
  currentTime,
  unix,
  truncated,
  sinceEpoch('UnixSeconds', 1_000_000_000n),
  sinceEpoch('UnixMilli', 1_000_000n),
  sinceEpoch('UnixMicro', 1000n),
  sinceEpoch('UnixNano', 1n),
];

function sinceEpoch(name: string, unit: bigint): Converter {
  return converter(name, { time: time() }, (args) => (scene) => {
    const { nanoseconds } = args.time.get(scene);
    const remainder = ((nanoseconds % unit) + unit) % unit;
    return BigInt.asIntN(64, (nanoseconds - remainder) / unit);
  });
}

/** A format that ends with the letter Z is UTC; else the machine's zone holds. */
function zoneOf(location: string | undefined, format: string): Zone {
  if (location === undefined || location === '')
    return format.endsWith('Z') && !format.endsWith('%Z') ? undefined : localZone();
  if (!hasZone(location)) throw new StatementError(`there is no time zone "${location}"`);
  return zoneNamed(location);
}

function checkFormat(format: string): void {
  const fault = formatFault(format);
  if (fault !== undefined) throw new StatementError(fault);
}
