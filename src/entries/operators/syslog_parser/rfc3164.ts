import { monthNames, shortCalendarName } from '../../../formats/time/calendar-names.js';
import { colon, isGraphic, readClock, readPriority, space, twoDigits, type PriorityRule } from './header.js';
import type { SyslogMessage } from './syslog-message.js';

const months: readonly string[] = monthNames.map(shortCalendarName);

const timeExpected = 'expecting a Stamp timestamp';

const zero = 48;
const nine = 57;
const tab = 9;
const newline = 10;
const openBracket = 91;
const closeBracket = 93;

const longestHostname = 255;
const longestTag = 48;

/** Reads a message of RFC 3164, as senders write them. False: `message.fault` says why it is none. */
export function parseRfc3164(message: SyslogMessage, rule: PriorityRule): boolean {
  let at = readPriority(message, rule);
  if (at < 0) return false;
  at = readTimestamp(message, behindBlanks(message, at));
  if (at < 0) return false;
  if (message.at(at) !== space) return message.fail(timeExpected, at) >= 0;
  if (message.at(message.end - 1) === newline) message.end--;
  at = readHostname(message, behindBlanks(message, at));
  return readText(message, at);
}

/** Reads `Oct 11 22:14:15`; a day below 10 has a blank in front of it, or a zero. */
function readTimestamp(message: SyslogMessage, start: number): number {
  const month = start + 3 <= message.end ? months.indexOf(message.bytes.toString('latin1', start, start + 3)) : -1;
  if (month < 0 || message.at(start + 3) !== space) return message.fail(timeExpected, start);
  const single = message.at(start + 4) === space;
  const byte = message.at(start + 5);
  const day = single ? (byte > zero && byte <= nine ? byte - zero : -1) : twoDigits(message, start + 4, 1, 31);
  if (day < 0) return message.fail(timeExpected, start + 5);
  // In a leap year, which a message without a year may be of.
  if (day > (longest[month] ?? 0)) return message.fail(`${timeExpected}: day out of range`, start + 5);
  if (message.at(start + 6) !== space) return message.fail(timeExpected, start + 6);
  message.setDate(0, month + 1, day);
  const at = readClock(message, start + 7, timeExpected);
  if (at >= 0) message.hasTime = true;
  return at;
}

const longest: readonly number[] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * The word in front of the text is the hostname, unless it has a colon: `su: text` comes from a sender that leaves its
 * name out. Returns where the text begins.
 */
function readHostname(message: SyslogMessage, start: number): number {
  let at = start;
  while (at < start + longestHostname && isGraphic(message.at(at)) && message.at(at) !== colon) at++;
  if (at === start || message.at(at) !== space) return start;
  message.hostname.set(start, at);
  return behindBlanks(message, at);
}

/**
 * Reads `tag: text`, `tag[content]: text` or `text`. As in the Collector, a word that `:` or `[` ends is a tag whatever
 * stands behind it, and text without a tag begins behind the last `[` that was taken for that of a content.
 */
function readText(message: SyslogMessage, start: number): boolean {
  const { appname, proc_id: process, end } = message;
  let text = start;
  let at = start;
  while (at <= start + longestTag && isTagByte(message.at(at))) at++;
  const hasTag = at > start && at <= start + longestTag;
  if (hasTag && (message.at(at) === colon || message.at(at) === openBracket)) {
    setUnlessDash(message, appname, start, at);
    if (message.at(at) === openBracket) {
      const close = contentEnd(message, at + 1);
      text = at + 1;
      if (message.at(close) === closeBracket) {
        setUnlessDash(message, process, text, close);
        at = close + 1;
      }
    }
    if (message.at(at) === colon && message.at(at + 1) === space && at + 2 < end) text = at + 2;
  }
  for (at = text; at < end; at++)
    if (!isVisible(message.at(at)))
      return message.fail('expecting a content part composed by visible characters only', at) >= 0;
  if (text >= end) return message.fail('expecting a message', end) >= 0;
  message.message.set(text, end);
  return true;
}

function setUnlessDash(
  message: SyslogMessage,
  part: { set(from: number, to: number): void },
  from: number,
  to: number,
): void {
  if (to > from && (to > from + 1 || message.at(from) !== dash)) part.set(from, to);
}

const dash = 45;

/** The offset of the first bracket, or of what cannot stand in a content. */
function contentEnd(message: SyslogMessage, from: number): number {
  let at = from;
  while (isVisible(message.at(at)) && message.at(at) !== openBracket && message.at(at) !== closeBracket) at++;
  return at;
}

function isTagByte(byte: number): boolean {
  return isGraphic(byte) && byte !== colon && byte !== openBracket;
}

function isVisible(byte: number): boolean {
  return (byte >= space && byte !== 127) || byte === tab;
}

function behindBlanks(message: SyslogMessage, from: number): number {
  let at = from;
  while (message.at(at) === space) at++;
  return at;
}
