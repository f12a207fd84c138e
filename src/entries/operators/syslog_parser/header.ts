import type { SyslogMessage } from './syslog-message.js';

/** The parts of both formats. Each reader returns the offset behind its part, or what `SyslogMessage.fail` does. */

export const space = 32;
export const lessThan = 60;
const greaterThan = 62;
const zero = 48;
const nine = 57;

export const isDigit = (byte: number): boolean => byte >= zero && byte <= nine;

/** Visible characters of ASCII, without the blank. */
export const isGraphic = (byte: number): boolean => byte > space && byte < 127;

/** Whether a priority must stand at the beginning. */
export type PriorityRule = 'required' | 'optional';

const highestPriority = 191;

export function readPriority(message: SyslogMessage, rule: PriorityRule): number {
  const { start } = message;
  if (message.at(start) !== lessThan)
    return rule === 'optional' ? start : message.fail('expecting a priority value within angle brackets', start);
  let priority = 0;
  let at = start + 1;
  for (; isDigit(message.at(at)); at++) {
    const next = priority * 10 + message.at(at) - zero;
    // No number begins with 0, so that `<01>` ends behind it.
    if (next > highestPriority || (priority === 0 && at > start + 1)) return outOfRange(message, at);
    priority = next;
  }
  if (at === start + 1) return outOfRange(message, at);
  if (message.at(at) !== greaterThan) return message.fail('expecting a priority value within angle brackets', at);
  message.priority = priority;
  return at + 1;
}

function outOfRange(message: SyslogMessage, at: number): -1 {
  return message.fail('expecting a priority value in the range 1-191 or equal to 0', at);
}

/** A number of exactly two digits from `least` to `most`; -1 for anything else. */
export function twoDigits(message: SyslogMessage, at: number, least: number, most: number): number {
  const tens = message.at(at);
  const ones = message.at(at + 1);
  if (!isDigit(tens) || !isDigit(ones)) return -1;
  const value = (tens - zero) * 10 + ones - zero;
  return value < least || value > most ? -1 : value;
}

/** Reads `22:14:15`; `what` names the time for a fault. */
export function readClock(message: SyslogMessage, at: number, what: string): number {
  const hour = twoDigits(message, at, 0, 23);
  if (hour < 0) return message.fail(what, at);
  const minute = message.at(at + 2) === colon ? twoDigits(message, at + 3, 0, 59) : -1;
  if (minute < 0) return message.fail(what, at + 2);
  const second = message.at(at + 5) === colon ? twoDigits(message, at + 6, 0, 59) : -1;
  if (second < 0) return message.fail(what, at + 5);
  message.hour = hour;
  message.minute = minute;
  message.second = second;
  return at + 8;
}

export const colon = 58;
