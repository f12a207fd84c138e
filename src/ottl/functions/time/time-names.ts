import { monthNames, shortCalendarName, weekdayNames } from '../../../formats/time/calendar-names.js';
import { StatementError } from '../../ottl-error.js';

/** The names of months, weekdays and halves of the day in one language, in lower case, the longest forms first. */
export interface TimeNames {
  /** Forms of each month that `%B` reads, January first. */
  readonly longMonths: readonly (readonly string[])[];
  /** Those that `%b` reads. */
  readonly shortMonths: readonly (readonly string[])[];
  /** Those of each weekday that `%A` reads, Sunday first. */
  readonly longWeekdays: readonly (readonly string[])[];
  readonly shortWeekdays: readonly (readonly string[])[];
  /** Of AM and PM; undefined for Go's own, which are exact. */
  readonly halves: readonly (readonly string[])[] | undefined;
}

/** Go's names: whole, or the first three letters. */
export const englishNames: TimeNames = {
  longMonths: monthNames.map((name) => [name.toLowerCase()]),
  shortMonths: monthNames.map((name) => [shortCalendarName(name).toLowerCase()]),
  longWeekdays: weekdayNames.map((name) => [name.toLowerCase()]),
  shortWeekdays: weekdayNames.map((name) => [shortCalendarName(name).toLowerCase()]),
  halves: undefined,
};

/** The names of a language. Throws a `StatementError` for a tag that is none, or one that is not known. */
export function namesOf(locale: string): TimeNames {
  checkLocale(locale);
  const monthForms = monthNames.map((_, month) => forms(locale, 'month', new Date(Date.UTC(2024, month, 15, 12))));
  // 7 January 2024 was a Sunday.
  const dayForms = weekdayNames.map((_, day) => forms(locale, 'weekday', new Date(Date.UTC(2024, 0, 7 + day, 12))));
  return {
    longMonths: monthForms,
    shortMonths: monthForms,
    longWeekdays: dayForms,
    shortWeekdays: dayForms,
    halves: [9, 15].map((hour) => halfForms(locale, new Date(Date.UTC(2024, 0, 7, hour)))),
  };
}

function checkLocale(locale: string): void {
  try {
    if (Intl.DateTimeFormat.supportedLocalesOf(locale).length > 0) return;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new StatementError(`"${locale}" is no language tag such as "de" or "pt-BR"`);
  }
  throw new StatementError(`there are no names of months and days in the language "${locale}"`);
}

function forms(locale: string, part: 'month' | 'weekday', date: Date): readonly string[] {
  const found = new Set<string>();
  for (const width of ['long', 'short'] as const) {
    const options = { [part]: width, timeZone: 'UTC' } as const;
    // Languages with cases have one form for a month alone, and another for one in a date.
    add(found, new Intl.DateTimeFormat(locale, options).format(date));
    for (const { type, value } of new Intl.DateTimeFormat(locale, { ...options, day: 'numeric' }).formatToParts(date))
      if (type === part) add(found, value);
  }
  return longestFirst(found);
}

function halfForms(locale: string, date: Date): readonly string[] {
  const found = new Set<string>([date.getUTCHours() < 12 ? 'am' : 'pm']);
  const format = new Intl.DateTimeFormat(locale, { hour: 'numeric', hour12: true, timeZone: 'UTC' });
  for (const { type, value } of format.formatToParts(date)) {
    if (type !== 'dayPeriod') continue;
    add(found, value);
    add(found, value.replaceAll(/\s/g, ''));
    add(found, value.replaceAll(/[\s.]/g, ''));
  }
  return longestFirst(found);
}

function add(to: Set<string>, name: string): void {
  const lower = name.toLowerCase().replaceAll(/\s/g, ' ');
  to.add(lower);
  if (lower.endsWith('.')) to.add(lower.slice(0, -1));
}

function longestFirst(names: ReadonlySet<string>): readonly string[] {
  return [...names].toSorted((a, b) => b.length - a.length);
}
