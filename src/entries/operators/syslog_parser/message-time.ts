import { daysTo } from '../../../formats/time/days.js';
import { instantOf, offsetAt, type Zone } from '../../../formats/time/time-zone.js';
import type { SyslogMessage } from './syslog-message.js';
import { withoutEnd } from '../../../component/without-end.js';

const day = 86_400;
const week = 7 * day;

/**
 * Seconds since 1970 of the time of a message. Without a year it is in the present one by the clock of `zone`, or in
 * the one before for a date of more than a week ahead.
 */
export function secondsOfMessage(message: SyslogMessage, zone: Zone, nowMs: number): number {
  if (message.year > 0 || message.version > 0) return localSeconds(message, message.year) - message.offset;
  const now = nowMs / 1000;
  const year = new Date((now + offsetAt(zone, Math.floor(now))) * 1000).getUTCFullYear();
  const seconds = instantOf(localSeconds(message, year), zone);
  return seconds > now + week ? instantOf(localSeconds(message, year - 1), zone) : seconds;
}

/** As if the clock of the sender showed UTC. */
function localSeconds({ month, day: date, hour, minute, second }: SyslogMessage, year: number): number {
  return daysTo(year, month, date) * day + hour * 3600 + minute * 60 + second;
}

/** The time of a message as Go shows it, for those who look at the field. */
export function writtenTime(message: SyslogMessage): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const { hour, minute, second, nanos, offset } = message;
  const date = `${String(message.year).padStart(4, '0')}-${two(message.month)}-${two(message.day)}`;
  const fraction = nanos === 0 ? '' : `.${withoutEnd(String(nanos).padStart(9, '0'), '0')}`;
  const minutes = Math.abs(offset) / 60;
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
  return `${date} ${two(hour)}:${two(minute)}:${two(second)}${fraction} ${zone} ${offset === 0 ? 'UTC' : zone}`;
}
