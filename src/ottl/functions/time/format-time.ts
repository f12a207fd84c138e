import type { Time } from '../../value.js';
import { civilOf, wholeSeconds, type Civil } from './civil.js';
import type { Element, Step } from '../../../formats/time/strptime.js';
import { monthNames, shortCalendarName, weekdayNames } from '../../../formats/time/calendar-names.js';
import { offsetAt } from '../../../formats/time/time-zone.js';
import { abbreviationAt } from '../../../formats/time/zone-abbreviation.js';

/** Writes a time in its own zone, as Go's `Time.Format` does. */
export function formatTime(time: Time, steps: readonly Step[]): string {
  const seconds = wholeSeconds(time.nanoseconds);
  const offset = offsetAt(time.zone, seconds);
  const civil = civilOf(time.nanoseconds, offset);
  let text = '';
  for (const step of steps) {
    if (step.element === undefined) text += step.text;
    else if (step.element === 'MST') text += abbreviationAt(time.zone, seconds);
    else text += part(step.element, step, civil) ?? zone(step.element, offset);
  }
  return text;
}

function part(element: Element, { text, digits }: Step, civil: Civil): string | undefined {
  switch (element) {
    case '2006':
      return pad(civil.year, 4);
    case '06':
      return pad(civil.year % 100, 2);
    case 'January':
      return monthNames[civil.month - 1] ?? '';
    case 'Jan':
      return shortCalendarName(monthNames[civil.month - 1] ?? '');
    case '01':
      return pad(civil.month, 2);
    case '1':
      return String(civil.month);
    case 'Monday':
      return weekdayNames[civil.weekday] ?? '';
    case 'Mon':
      return shortCalendarName(weekdayNames[civil.weekday] ?? '');
    case '02':
      return pad(civil.day, 2);
    case '_2':
      return String(civil.day).padStart(2, ' ');
    case '2':
      return String(civil.day);
    case '.999':
      return fraction(civil.nanosecond, text.charAt(0), digits);
    default:
      return timeOfDay(element, civil);
  }
}

function timeOfDay(element: Element, { hour, minute, second }: Civil): string | undefined {
  const twelve = hour % 12 === 0 ? 12 : hour % 12;
  switch (element) {
    case '15':
      return pad(hour, 2);
    case '03':
      return pad(twelve, 2);
    case '3':
      return String(twelve);
    case '04':
      return pad(minute, 2);
    case '05':
      return pad(second, 2);
    case 'PM':
      return hour < 12 ? 'AM' : 'PM';
    case 'pm':
      return hour < 12 ? 'am' : 'pm';
    default:
      return undefined;
  }
}

/** Zeros at the end are left out, and the point with them when there is no digit. */
function fraction(nanosecond: number, point: string, digits: number): string {
  const text = pad(nanosecond, 9).slice(0, digits);
  let end = text.length;
  while (text[end - 1] === '0') end--;
  return end === 0 ? '' : point + text.slice(0, end);
}

function zone(element: Element, offset: number): string {
  if (element === 'Z0700' && offset === 0) return 'Z';
  const absolute = Math.abs(offset);
  const hours = pad(Math.floor(absolute / 3600), 2);
  const minutes = pad(Math.floor(absolute / 60) % 60, 2);
  const seconds = pad(absolute % 60, 2);
  const sign = offset < 0 ? '-' : '+';
  switch (element) {
    case '-07':
      return sign + hours;
    case '-07:00':
      return `${sign}${hours}:${minutes}`;
    case '-07:00:00':
      return `${sign}${hours}:${minutes}:${seconds}`;
    case '-070000':
      return sign + hours + minutes + seconds;
    default:
      return sign + hours + minutes;
  }
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
