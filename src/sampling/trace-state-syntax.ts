import { byteAt } from '../otlp/wire/at.js';

const mostKeyBytes = 256;
const mostTenantBytes = 241;
const mostSystemBytes = 14;
const mostValueBytes = 256;
const tenantSign = 0x40;
const blank = 0x20;

/** The classes that a character may belong to. */
const letter = 1;
const letterOrDigit = 2;
const memberKey = 4;
const memberValue = 8;
const sectionValue = 16;

const classes = new Uint8Array(256);
const allow = (characters: string, as: number): void => {
  for (const character of characters) classes[character.charCodeAt(0)]! |= as;
};
const lower = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
allow(lower, letter | letterOrDigit | memberKey | sectionValue);
allow(digits, letterOrDigit | memberKey | sectionValue);
allow('_-*/', memberKey);
allow(`${lower.toUpperCase()}._-`, sectionValue);
for (let printable = blank; printable < 0x7f; printable++) allow(String.fromCharCode(printable), memberValue);
for (const sign of ',=') classes[sign.charCodeAt(0)]! &= ~memberValue;

/** The end of the key of a member of a tracestate, `simple` or `tenant@system`; -1 when there is none. */
export function memberKeyEnd(bytes: Uint8Array, from: number, to: number): number {
  const end = runEnd(bytes, from, to, memberKey);
  if (end === to || byteAt(bytes, end) !== tenantSign)
    return isOf(bytes, from, letter) && end - from <= mostKeyBytes && end > from ? end : -1;
  const system = end + 1;
  const systemEnd = runEnd(bytes, system, to, memberKey);
  if (end - from > mostTenantBytes || systemEnd - system > mostSystemBytes || systemEnd === system) return -1;
  return isOf(bytes, from, letterOrDigit) && isOf(bytes, system, letter) ? systemEnd : -1;
}

/** The end of the value of a member, which has no blank at its end; -1 when there is none. */
export function memberValueEnd(bytes: Uint8Array, from: number, to: number): number {
  let end = runEnd(bytes, from, to, memberValue);
  while (end > from && byteAt(bytes, end - 1) === blank) end--;
  return end > from && end - from <= mostValueBytes ? end : -1;
}

/** The end of a key in the section of OpenTelemetry; -1 when there is none. */
export function sectionKeyEnd(bytes: Uint8Array, from: number, to: number): number {
  return from < to && isOf(bytes, from, letter) ? runEnd(bytes, from + 1, to, letterOrDigit) : -1;
}

/** The end of a value there, which may be empty. */
export function sectionValueEnd(bytes: Uint8Array, from: number, to: number): number {
  return runEnd(bytes, from, to, sectionValue);
}

function runEnd(bytes: Uint8Array, from: number, to: number, as: number): number {
  let at = from;
  while (at < to && isOf(bytes, at, as)) at++;
  return at;
}

function isOf(bytes: Uint8Array, at: number, as: number): boolean {
  return (byteAt(classes, byteAt(bytes, at)) & as) !== 0;
}
