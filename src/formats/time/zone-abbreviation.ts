import { offsetAt, offsetName, type Zone } from './time-zone.js';

/** Locales whose data have the usual abbreviations of their part of the world: en-GB has CET, en-AU has AEST. */
const locales = ['en-US', 'en-GB', 'en-AU', 'en-ZA', 'en-IN', 'en-NZ', 'en-CA'];

/** Abbreviations that no locale has, in winter and in summer, as the IANA database names them. */
const others: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['Africa/Cairo', ['EET', 'EEST']],
  ['Africa/Lagos', ['WAT', 'WAT']],
  ['Africa/Nairobi', ['EAT', 'EAT']],
  ['Asia/Hong_Kong', ['HKT', 'HKT']],
  ['Asia/Jakarta', ['WIB', 'WIB']],
  ['Asia/Jerusalem', ['IST', 'IDT']],
  ['Asia/Karachi', ['PKT', 'PKT']],
  ['Asia/Manila', ['PST', 'PST']],
  ['Asia/Seoul', ['KST', 'KST']],
  ['Asia/Shanghai', ['CST', 'CST']],
  ['Asia/Taipei', ['CST', 'CST']],
  ['Asia/Tokyo', ['JST', 'JST']],
  ['Europe/Moscow', ['MSK', 'MSK']],
]);

/** The name of a zone's time at an instant: `EDT`; `-0300` where the zone has no letters for it. */
export function abbreviationAt(zone: Zone, seconds: number): string {
  if (zone === undefined) return 'UTC';
  const offset = offsetAt(zone, seconds);
  if (zone.startsWith('+') || zone.startsWith('-')) return offsetName(offset).replaceAll(':', '');
  const pair = others.get(zone);
  if (pair !== undefined) return pair[offset === standardOffset(zone, seconds) ? 0 : 1];
  for (const locale of locales) {
    const name = nameInLocale(locale, zone, seconds);
    if (/^[A-Z]{2,5}$/.test(name)) return name;
  }
  return numericName(offset);
}

/** The offset that a zone's abbreviation stands for around an instant; undefined when the zone does not have it. */
export function offsetOfAbbreviation(zone: Zone, name: string, seconds: number): number | undefined {
  if (zone === undefined) return name === 'UTC' ? 0 : undefined;
  for (const quarter of quarters)
    if (abbreviationAt(zone, seconds + quarter) === name) return offsetAt(zone, seconds + quarter);
  // `CET` and `EST` are zones of the database themselves, and mean their standard time.
  return zone === name ? standardOffset(zone, seconds) : undefined;
}

/** Seconds to the seasons: in one of them a zone has its winter, in another its summer, whatever day it is now. */
const quarters = [0, 91, 182, 273].map((days) => days * 86_400);

function standardOffset(zone: string, seconds: number): number {
  return Math.min(...quarters.map((quarter) => offsetAt(zone, seconds + quarter)));
}

/** To make one takes far longer than to use it, and a sender of texts chooses how often one is looked up. */
const formats = new Map<string, Intl.DateTimeFormat>();
/** Each takes some kilobytes. */
const mostFormats = 256;

function formatOf(locale: string, zone: string): Intl.DateTimeFormat {
  const key = `${locale} ${zone}`;
  let format = formats.get(key);
  if (format === undefined) {
    if (formats.size >= mostFormats) formats.clear();
    formats.set(key, (format = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'short' })));
  }
  return format;
}

function nameInLocale(locale: string, zone: string, seconds: number): string {
  const format = formatOf(locale, zone);
  return format.formatToParts(new Date(seconds * 1000)).find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

/** The database writes `-03` and `+0530` for times without letters. */
function numericName(offset: number): string {
  const name = offsetName(offset).replaceAll(':', '');
  return name.endsWith('00') ? name.slice(0, 3) : name;
}
