/** A date and a time of day as they stand on a clock. */
export interface Civil {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

const second = 1_000_000_000n;

/** Seconds since 1970 of a date and time in UTC; a day behind the end of its month counts on. */
export function secondsOf(date: Omit<Civil, 'weekday' | 'nanosecond'>): number {
  const at = new Date(0);
  at.setUTCFullYear(date.year, date.month - 1, date.day);
  at.setUTCHours(date.hour, date.minute, date.second);
  return at.getTime() / 1000;
}

/** The clock that is `offset` seconds before UTC. */
export function civilOf(nanoseconds: bigint, offset: number): Civil {
  const nanosecond = Number(((nanoseconds % second) + second) % second);
  const seconds = wholeSeconds(nanoseconds);
  const at = new Date((seconds + offset) * 1000);
  return {
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
    nanosecond,
    weekday: at.getUTCDay(),
  };
}

/** Seconds since 1970, rounded down. */
export function wholeSeconds(nanoseconds: bigint): number {
  const whole = Number(nanoseconds / second);
  return nanoseconds < 0n && nanoseconds % second !== 0n ? whole - 1 : whole;
}

export function nanosecondsOf(seconds: number, nanosecond: number): bigint {
  return BigInt(seconds) * second + BigInt(nanosecond);
}

export function daysIn(month: number, year: number): number {
  return new Date(Date.UTC(year % 400, month, 0)).getUTCDate();
}
