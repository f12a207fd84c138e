// Times such as 2006-01-02T15:04:05.999Z, with any characters between the numbers.

/** How a time ends, behind the fraction: not at all, with a Z, with a Z or an offset, with an offset. */
const NOTHING: u8 = 0;
const ONLY_Z: u8 = 1;
const ONLY_OFFSET: u8 = 3;

/** Since 1970, of the time that was read last. */
export let nanos: u64 = 0;

/** The date that was read last, with its separators, and its first second. */
let cachedForm: usize = 0;
let cached0: u64 = 0;
let cached1: u16 = 0;
let cachedSeconds: i64 = 0;

export function forgetDate(): void {
  cachedForm = 0;
}

// @ts-ignore: decorator
@inline
function digit(at: usize): u32 {
  return <u32>load<u8>(at) - 48;
}

/** Two digits as a number, above 99 when one of them is none. */
// @ts-ignore: decorator
@inline
function pair(at: usize): u32 {
  const tens = digit(at);
  const ones = digit(at + 1);
  return tens > 9 || ones > 9 ? 1000 : tens * 10 + ones;
}

function daysOfMonth(year: u32, month: u32): u32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/** Days from 1970 to a date of the Gregorian calendar. */
function daysTo(year: i64, month: i64, day: i64): i64 {
  const y = month <= 2 ? year - 1 : year;
  const era = y / 400;
  const yearOfEra = y - era * 400;
  const dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468;
}

function readDate(form: usize, at: usize): bool {
  if (load<u8>(at + 4) != load<u8>(form) || load<u8>(at + 7) != load<u8>(form + 1)) return false;
  const century = pair(at);
  const short = pair(at + 2);
  const month = pair(at + 5);
  const day = pair(at + 8);
  const year = century * 100 + short;
  if (century > 99 || short > 99 || year == 0) return false;
  if (month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month)) return false;
  cachedSeconds = daysTo(year, month, day) * 86400;
  cachedForm = form;
  cached0 = load<u64>(at);
  cached1 = load<u16>(at + 8);
  return true;
}

/** Reads `[at, to)`; false for anything that is not written in full, and for no time of a date. */
export function readTime(form: usize, at: usize, to: usize): bool {
  if (to < at + 19) return false;
  if (form != cachedForm || load<u64>(at) != cached0 || load<u16>(at + 8) != cached1) {
    if (!readDate(form, at)) return false;
  }
  if (load<u8>(at + 10) != load<u8>(form + 2)) return false;
  if (load<u8>(at + 13) != load<u8>(form + 3) || load<u8>(at + 16) != load<u8>(form + 4)) return false;
  const hour = pair(at + 11);
  const minute = pair(at + 14);
  const second = pair(at + 17);
  if (hour > 23 || minute > 59 || second > 59) return false;
  let seconds = cachedSeconds + hour * 3600 + minute * 60 + second;
  let fraction: u32 = 0;
  at += 19;
  if (at + 1 < to && (load<u8>(at) == 0x2e || load<u8>(at) == 0x2c) && digit(at + 1) <= 9) {
    let scale: u32 = 100000000;
    for (at++; at < to && digit(at) <= 9; at++) {
      fraction += digit(at) * scale;
      scale /= 10;
    }
  }
  const tail = load<u8>(form + 5);
  if (tail != NOTHING) {
    if (at < to && load<u8>(at) == 0x5a && tail != ONLY_OFFSET) at++;
    else {
      if (tail == ONLY_Z || at + 6 != to || load<u8>(at + 3) != 0x3a) return false;
      const sign = load<u8>(at);
      const hours = pair(at + 1);
      const minutes = pair(at + 4);
      if ((sign != 0x2b && sign != 0x2d) || hours > 24 || minutes > 60) return false;
      const offset = <i64>(hours * 3600 + minutes * 60);
      seconds += sign == 0x2d ? offset : -offset;
      at = to;
    }
  }
  if (at != to) return false;
  nanos = <u64>(seconds * 1000000000 + fraction);
  return true;
}
