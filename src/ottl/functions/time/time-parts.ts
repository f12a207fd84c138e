import { converter, type Converter } from '../../function.js';
import { time } from '../../parameters.js';
import { civilOf, wholeSeconds, type Civil } from './civil.js';
import { offsetAt } from '../../../formats/time/time-zone.js';

/** Converters that read one part of a time, in the time's own zone. */
export const timePartFunctions: readonly Converter[] = [
  part('Year', 'year'),
  part('Month', 'month'),
  part('Day', 'day'),
  part('Hour', 'hour'),
  part('Minute', 'minute'),
  part('Second', 'second'),
  part('Nanosecond', 'nanosecond'),
  part('Weekday', 'weekday'),
];

function part(name: string, field: keyof Civil): Converter {
  return converter(name, { time: time() }, (args) => (scene) => {
    const { nanoseconds, zone } = args.time.get(scene);
    return BigInt(civilOf(nanoseconds, offsetAt(zone, wholeSeconds(nanoseconds)))[field]);
  });
}
