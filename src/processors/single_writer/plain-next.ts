import { at32 } from '../../otlp/wire/at.js';
import { hashOfWords, type Point } from './point.js';
import { bitsOf, marks, marksAfterNext, marksOfRivals, streamField } from './stream-row.js';

/** With one of these a stream is judged in all steps. */
const unusual = bitsOf(marks.isDisputed, marks.isRestarting, marks.isRebased, marks.mayRepeat);
const doubleBit = bitsOf(marks.isDouble);
const valueBit = bitsOf(marks.hasValue);
const quietBits = bitsOf(marks.quiet);

/**
 * Nearly all points are the next ones of streams that have one writer: later, of the process that wrote the last one,
 * and not fallen. For these `WriterJudge` decides little in many steps, which are here one pass over the numbers of the
 * row, `row[at...]`. Notes such a point as the judge does; false, with nothing changed, for any other, and for some
 * whose numbers do not show it at a glance.
 */
export function notePlainNext(row: Int32Array, at: number, point: Point, writer: number): boolean {
  const before = at32(row, at + streamField.bits);
  if (at32(row, at + streamField.owner) !== writer || (before & unusual) !== 0) return false;
  const { start, time, value, sequence } = point;
  const lastLow = at32(row, at + streamField.time);
  const lastHigh = at32(row, at + streamField.time + 1);
  if ((lastLow | lastHigh) === 0 || !isAtLeast(time.high, time.low, lastHigh, lastLow)) return false;
  if (time.high === lastHigh >>> 0 && time.low === lastLow >>> 0) return false;

  if (sequence === 'cumulative') {
    const isSame =
      (start.low | 0) === at32(row, at + streamField.start) &&
      (start.high | 0) === at32(row, at + streamField.start + 1);
    if (!isSame) return false;
  } else if (sequence === 'delta' && !isAtLeast(start.high, start.low, lastHigh, lastLow)) return false;

  const valueLow = at32(row, at + streamField.value);
  const valueHigh = at32(row, at + streamField.value + 1);
  if (point.rises) {
    const form = (point.isDouble ? doubleBit : 0) | (point.hasValue ? valueBit : 0);
    if ((before & (doubleBit | valueBit)) !== form) return false;
    // Doubles that are not below 0 are in the order of their bits, as integers are.
    const high = value.high | 0;
    if (point.isDouble && (high | valueHigh) < 0) return false;
    if (high < valueHigh || (high === valueHigh && value.low < valueLow >>> 0)) return false;
  }

  row[at + streamField.earlierTime] = lastLow;
  row[at + streamField.earlierTime + 1] = lastHigh;
  row[at + streamField.earlierValue] = hashOfWords(valueLow, valueHigh);
  row[at + streamField.start] = start.low;
  row[at + streamField.start + 1] = start.high;
  row[at + streamField.time] = time.low;
  row[at + streamField.time + 1] = time.high;
  row[at + streamField.value] = value.low;
  row[at + streamField.value + 1] = value.high;
  const after = marksAfterNext(before, point.isDouble, point.hasValue);
  row[at + streamField.bits] = (after & quietBits) === quietBits ? after & ~marksOfRivals : after;
  return true;
}

/** Whether a 64-bit number is at least another one, both unsigned; of that the halves may be signed. */
function isAtLeast(high: number, low: number, thanHigh: number, thanLow: number): boolean {
  return high === thanHigh >>> 0 ? low >= thanLow >>> 0 : high > thanHigh >>> 0;
}
