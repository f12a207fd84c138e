import { converter, type Converter } from '../../function.js';
import { duration, string } from '../../parameters.js';
import { Duration } from '../../value.js';
import { durationNanoseconds } from './parse-duration.js';

const durationOfText = converter('Duration', { duration: string() }, (args) => {
  return (scene) => new Duration(durationNanoseconds(args.duration.get(scene)));
});

/** Converters on lengths of time. */
export const durationFunctions: readonly Converter[] = [
  durationOfText,
  fractional('Hours', 3_600_000_000_000n),
  fractional('Minutes', 60_000_000_000n),
  fractional('Seconds', 1_000_000_000n),
  whole('Milliseconds', 1_000_000n),
  whole('Microseconds', 1000n),
  whole('Nanoseconds', 1n),
];

/** Whole units and the rest apart, as Go adds them: the result has the same last bit. */
function fractional(name: string, unit: bigint): Converter {
  return converter(name, { duration: duration() }, (args) => (scene) => {
    const { nanoseconds } = args.duration.get(scene);
    return Number(nanoseconds / unit) + Number(nanoseconds % unit) / Number(unit);
  });
}

function whole(name: string, unit: bigint): Converter {
  return converter(name, { duration: duration() }, (args) => (scene) => args.duration.get(scene).nanoseconds / unit);
}
