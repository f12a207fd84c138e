import { pointWord } from '../../otlp/keys/point-kernel.js';
import { at32 } from '../../otlp/wire/at.js';
import { hashOfWords, isLess64, type Point } from './point.js';
import { bitsOf, marks, marksAfterNext, marksOfRivals, streamField } from './stream-row.js';

/** With one of these a stream is judged in all steps. */
const unusual = bitsOf(marks.isDisputed, marks.isRestarting, marks.isRebased, marks.mayRepeat);
const doubleBit = bitsOf(marks.isDouble);
const valueBit = bitsOf(marks.hasValue);
const quietBits = bitsOf(marks.quiet);

/**
 * Nearly all points are the next ones of streams that have one writer: later, of the process that wrote the last one,
 * and not fallen. For these `WriterJudge` decides little in many steps, which are here one pass over the numbers of the
 * row, `row[at...]`. Notes such a point of the owner, whose ID is `writer` by now, as the judge does; false, with
 * nothing changed, for any other, and for some whose numbers do not show it at a glance.
 */
export function notePlainNext(row: Int32Array, at: number, point: Point, writer: number): boolean {
  const before = at32(row, at + streamField.bits);
  if ((before & unusual) !== 0) return false;
  const { words, row: place, sequence } = point;
  const timeLow = at32(words, place + pointWord.time);
  const timeHigh = at32(words, place + pointWord.time + 1);
  const lastLow = at32(row, at + streamField.time);
  const lastHigh = at32(row, at + streamField.time + 1);
  if ((lastLow | lastHigh) === 0 || isLess64(timeLow, timeHigh, lastLow, lastHigh)) return false;
  if (timeLow === lastLow && timeHigh === lastHigh) return false;

  const startLow = at32(words, place + pointWord.start);
  const startHigh = at32(words, place + pointWord.start + 1);
  if (sequence === 'cumulative') {
    if (startLow !== at32(row, at + streamField.start)) return false;
    if (startHigh !== at32(row, at + streamField.start + 1)) return false;
  } else if (sequence === 'delta' && isLess64(startLow, startHigh, lastLow, lastHigh)) return false;

  const low = at32(words, place + pointWord.value);
  const high = at32(words, place + pointWord.value + 1);
  const valueLow = at32(row, at + streamField.value);
  const valueHigh = at32(row, at + streamField.value + 1);
  const { isDouble, hasValue } = point;
  if (point.rises) {
    const form = (isDouble ? doubleBit : 0) | (hasValue ? valueBit : 0);
    if ((before & (doubleBit | valueBit)) !== form) return false;
    // Doubles that are not below 0 are in the order of their bits, as integers are.
    if (isDouble && (high | valueHigh) < 0) return false;
    if (high < valueHigh || (high === valueHigh && low >>> 0 < valueLow >>> 0)) return false;
  }

  row[at + streamField.owner] = writer;
  row[at + streamField.earlierTime] = lastLow;
  row[at + streamField.earlierTime + 1] = lastHigh;
  row[at + streamField.earlierValue] = hashOfWords(valueLow, valueHigh);
  row[at + streamField.start] = startLow;
  row[at + streamField.start + 1] = startHigh;
  row[at + streamField.time] = timeLow;
  row[at + streamField.time + 1] = timeHigh;
  row[at + streamField.value] = low;
  row[at + streamField.value + 1] = high;
  const after = marksAfterNext(before, isDouble, hasValue);
  row[at + streamField.bits] = (after & quietBits) === quietBits ? after & ~marksOfRivals : after;
  return true;
}
