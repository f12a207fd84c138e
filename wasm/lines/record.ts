// A record of the scope: its length, its time and severity, its body, its attributes, and the fields at the end that
// are the same for many records.
import { MOST_BEHIND, behind } from './layout';
import { copy, putVarint, varintSize } from './put';

const RECORD: u8 = 0x12;
const TIME: u8 = 0x09;
const SEVERITY: u8 = 0x10;
const SEVERITY_TEXT: u8 = 0x1a;
const BODY: u8 = 0x2a;
const TEXT: u8 = 0x0a;
/** Tag and number of a time. */
const TIME_SIZE: usize = 9;

let length0: usize = 0;
let length1: usize = 0;

/** How long the fields at the end are in either variant. */
export function setBehind(first: usize, second: usize): void {
  length0 = first;
  length1 = second;
}

// @ts-ignore: decorator
@inline
function bodySize(length: usize): usize {
  const text: usize = 1 + varintSize(length) + length;
  return 1 + varintSize(text) + text;
}

// @ts-ignore: decorator
@inline
function putBody(to: usize, start: usize, length: usize): usize {
  store<u8>(to, BODY);
  to = putVarint(to + 1, 1 + varintSize(length) + length);
  store<u8>(to, TEXT);
  to = putVarint(to + 1, length);
  return copy(to, start, length);
}

// @ts-ignore: decorator
@inline
function putBehind(to: usize, variant: usize): usize {
  return copy(to, behind + variant * MOST_BEHIND, variant == 0 ? length0 : length1);
}

/** A record of a text alone; returns its end. */
export function putText(to: usize, start: usize, length: usize): usize {
  store<u8>(to, RECORD);
  to = putVarint(to + 1, bodySize(length) + length0);
  return putBehind(putBody(to, start, length), 0);
}

/** A record of a time and a text. */
export function putTimed(to: usize, nanos: u64, start: usize, length: usize, variant: usize): usize {
  store<u8>(to, RECORD);
  to = putVarint(to + 1, TIME_SIZE + bodySize(length) + (variant == 0 ? length0 : length1));
  store<u8>(to, TIME);
  store<u64>(to + 1, nanos);
  return putBehind(putBody(to + TIME_SIZE, start, length), variant);
}

/** Fields of the record beside body and attributes, set anew for each line. */
let hasTime: bool = false;
let time: u64 = 0;
let severity: u32 = 0;
let severityText: usize = 0;
let severityLength: usize = 0;

export function clearFields(): void {
  hasTime = false;
  severity = 0;
  severityLength = 0;
}

export function setTime(nanos: u64): void {
  hasTime = true;
  time = nanos;
}

export function setSeverity(number: u32, text: usize, length: usize): void {
  severity = number;
  severityText = text;
  severityLength = length;
}

/** The beginning of a record whose attributes take `attributes` bytes, which follow; `putEnd` is behind them. */
export function putHead(to: usize, start: usize, length: usize, attributes: usize): usize {
  let size = bodySize(length) + attributes + length0;
  if (hasTime) size += TIME_SIZE;
  if (severity > 0) size += 2;
  if (severityLength > 0) size += 1 + varintSize(severityLength) + severityLength;
  store<u8>(to, RECORD);
  to = putVarint(to + 1, size);
  if (hasTime) {
    store<u8>(to, TIME);
    store<u64>(to + 1, time);
    to += TIME_SIZE;
  }
  if (severity > 0) {
    store<u8>(to, SEVERITY);
    store<u8>(to + 1, <u8>severity);
    to += 2;
  }
  if (severityLength > 0) {
    store<u8>(to, SEVERITY_TEXT);
    to = putVarint(to + 1, severityLength);
    to = copy(to, severityText, severityLength);
  }
  return putBody(to, start, length);
}

export function putEnd(to: usize): usize {
  return putBehind(to, 0);
}
