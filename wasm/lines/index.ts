// Lines of a log become records of an export request, many in one call. The host puts bytes at `input`, and finds the
// records at `output`. A line that is written in an unusual way ends the call: the host takes it, and goes on behind.
import { putCri, setFormats } from './cri';
import { readObject, setJson } from './json';
import { INPUT, MOST_BEHIND, MOST_INPUT, MOST_NAMES, MOST_STEPS, OUTPUT } from './layout';
import { behind, names, steps, timeForm } from './layout';
import { after, end, next, setTrimming, start } from './line';
import { isSame } from './put';
import { clearFields, putEnd, putHead, putText, setBehind, setSeverity, setTime } from './record';
import { clearRows, count, isPlain, lengthOf, nameLengthOf, nameOf, putRows, textOf, total } from './row';
import { readSequence, setSequence } from './sequence';
import { addWord, severityOf } from './severity';
import { forgetDate, nanos, readTime } from './time';

export { addWord, forgetDate, setBehind, setFormats, setJson, setSequence, setTrimming };

export const input: usize = INPUT;
export const mostInput: usize = MOST_INPUT;
export const output: usize = OUTPUT;
export const behindAt: usize = behind;
export const mostBehind: usize = MOST_BEHIND;
export const namesAt: usize = names;
export const mostNames: usize = MOST_NAMES;
export const stepsAt: usize = steps;
export const mostSteps: usize = MOST_STEPS;
export const timeFormAt: usize = timeForm;

/** The kinds of lines. */
const CRI: u32 = 1;
const JSON: u32 = 2;
const SEQUENCE: u32 = 3;

/** Names of the attributes that have the time and the severity, as in `names`; 0 for none. */
let timeName: usize = 0;
let severityName: usize = 0;

export function setFields(time: usize, severity: usize): void {
  timeName = time;
  severityName = severity;
}

/** Of the last call: all lines, those that became records, and the bytes of these. */
export let lines: u32 = 0;
export let records: u32 = 0;
export let written: usize = 0;
/** Whether it ended at a line that is written in an unusual way. */
export let isOdd: bool = false;

/**
 * Makes records of the lines in `[from, to)` of the input, until they take `enough` bytes. Returns where the first line
 * begins that is not taken: it has no end, or it is for the host.
 */
export function run(kind: u32, from: usize, to: usize, enough: usize): usize {
  let at = INPUT + from;
  let out = OUTPUT;
  const last = INPUT + to;
  const full = OUTPUT + enough;
  lines = 0;
  records = 0;
  isOdd = false;
  while (out < full && next(at, last)) {
    if (end > start) {
      const behindThis =
        kind == 0 ? putText(out, start, end - start) : kind == CRI ? putCri(out, start, end) : putParsed(kind, out);
      if (behindThis == 0) {
        isOdd = true;
        break;
      }
      out = behindThis;
      records++;
    }
    lines++;
    at = after;
  }
  written = out - OUTPUT;
  return at - INPUT;
}

/** The record of a line whose parts become attributes; 0 for one that is written in an unusual way. */
function putParsed(kind: u32, to: usize): usize {
  clearRows();
  if (!(kind == SEQUENCE ? readSequence(start, end) : kind == JSON && readObject(start, end))) return 0;
  clearFields();
  if (timeName != 0) {
    const row = rowNamed(timeName);
    if (row < 0) return 0;
    const text = textOf(row);
    if (!readTime(timeForm, text, text + lengthOf(row))) return 0;
    setTime(nanos);
  }
  if (severityName != 0) {
    const row = rowNamed(severityName);
    if (row < 0) return 0;
    const number = severityOf(textOf(row), lengthOf(row));
    if (number < 0) return 0;
    setSeverity(number, textOf(row), lengthOf(row));
  }
  return putEnd(putRows(putHead(to, start, end - start, total)));
}

/** The row of a name whose value is a text as it is written; less than 0 for none. */
function rowNamed(name: usize): i32 {
  const length = <usize>load<u32>(name);
  for (let i: usize = 0; i < count; i++) {
    if (nameLengthOf(i) == length && isSame(nameOf(i), name + 4, length)) return isPlain(i) ? <i32>i : -1;
  }
  return -1;
}
