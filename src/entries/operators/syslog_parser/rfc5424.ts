import { daysOfMonth } from '../../../formats/time/days.js';
import { colon, isDigit, isGraphic, readClock, readPriority, space, twoDigits, type PriorityRule } from './header.js';
import { readStructuredData } from './structured-data.js';
import type { SyslogMessage, TextPart } from './syslog-message.js';

const dash = 45;
const plus = 43;
const dot = 46;
const capitalT = 84;
const capitalZ = 90;
const zero = 48;

const timeExpected = 'expecting a RFC3339MICRO timestamp or a nil value';
/** More digits of a second are no timestamp of RFC 5424. */
const mostFraction = 6;

/** Reads a message of RFC 5424. False: `message.fault` says why it is none. */
export function parseRfc5424(message: SyslogMessage, rule: PriorityRule): boolean {
  let at = readPriority(message, rule);
  if (at >= 0) at = readVersion(message, at);
  if (at >= 0) at = readTimestamp(message, at);
  if (at >= 0) at = readWord(message, at, message.hostname, 255, 'an hostname');
  if (at >= 0) at = readWord(message, at, message.appname, 48, 'an app-name');
  if (at >= 0) at = readWord(message, at, message.proc_id, 128, 'a procid');
  if (at >= 0) at = readWord(message, at, message.msg_id, 32, 'a msgid');
  if (at >= 0) at = readStructuredData(message, at);
  if (at < 0) return false;
  if (at === message.end) return true;
  if (message.at(at) !== space) return message.fail('parsing error', at) >= 0;
  if (at + 1 < message.end) message.message.set(at + 1, message.end);
  return true;
}

function readVersion(message: SyslogMessage, start: number): number {
  let version = 0;
  let at = start;
  for (; isDigit(message.at(at)) && at < start + 3; at++) version = version * 10 + message.at(at) - zero;
  if (version === 0 || message.at(start) === zero || message.at(at) !== space)
    return message.fail('expecting a version value in the range 1-999', at);
  message.version = version;
  return at + 1;
}

/** Reads a timestamp and the blank behind it. */
function readTimestamp(message: SyslogMessage, start: number): number {
  if (message.at(start) === dash) return behindBlank(message, start + 1, timeExpected);
  let year = 0;
  for (let at = start; at < start + 4; at++) {
    if (!isDigit(message.at(at))) return message.fail(timeExpected, at);
    year = year * 10 + message.at(at) - zero;
  }
  const month = message.at(start + 4) === dash ? twoDigits(message, start + 5, 1, 12) : -1;
  if (month < 0) return message.fail(timeExpected, start + 4);
  const day = message.at(start + 7) === dash ? twoDigits(message, start + 8, 1, daysOfMonth(year, month)) : -1;
  if (day < 0 || message.at(start + 10) !== capitalT) return message.fail(timeExpected, start + 7);
  message.setDate(year, month, day);
  let at = readClock(message, start + 11, timeExpected);
  if (at >= 0) at = readFraction(message, at);
  if (at >= 0) at = readOffset(message, at);
  if (at < 0) return at;
  message.hasTime = true;
  return behindBlank(message, at, timeExpected);
}

function readFraction(message: SyslogMessage, start: number): number {
  if (message.at(start) !== dot) return start;
  let at = start + 1;
  let nanos = 0;
  let unit = 100_000_000;
  for (; isDigit(message.at(at)) && at <= start + mostFraction; at++) {
    nanos += (message.at(at) - zero) * unit;
    unit /= 10;
  }
  if (at === start + 1) return message.fail(timeExpected, at);
  message.nanos = nanos;
  return at;
}

function readOffset(message: SyslogMessage, at: number): number {
  const sign = message.at(at);
  if (sign === capitalZ) return at + 1;
  if (sign !== plus && sign !== dash) return message.fail(timeExpected, at);
  const hours = twoDigits(message, at + 1, 0, 23);
  const minutes = message.at(at + 3) === colon ? twoDigits(message, at + 4, 0, 59) : -1;
  if (hours < 0 || minutes < 0) return message.fail(timeExpected, at + 1);
  message.offset = (hours * 3600 + minutes * 60) * (sign === dash ? -1 : 1);
  return at + 6;
}

/** Reads visible characters of ASCII up to a blank; `-` means that there is nothing. */
function readWord(message: SyslogMessage, start: number, part: TextPart, most: number, what: string): number {
  let at = start;
  while (at < start + most && isGraphic(message.at(at))) at++;
  if (at === start || message.at(at) !== space)
    return message.fail(`expecting ${what} (from 1 to max ${most} US-ASCII characters) or a nil value`, at);
  if (at > start + 1 || message.at(start) !== dash) part.set(start, at);
  return at + 1;
}

function behindBlank(message: SyslogMessage, at: number, what: string): number {
  return message.at(at) === space ? at + 1 : message.fail(what, at);
}
