import { EntryMap } from '../../entry-map.js';
import { isGraphic, space } from './header.js';
import type { SyslogMessage } from './syslog-message.js';

const dash = 45;
const openBracket = 91;
const closeBracket = 93;
const backslash = 92;
const quote = 34;
const equals = 61;

/** Characters of a name. */
const longestName = 32;
/** Parameters and elements of one message, together: a line of tiny ones would become a thousand times its size. */
const mostParts = 4096;

/**
 * Reads the structured data of RFC 5424, `[id name="value" ...]...` or `-`. Returns the offset behind it, or what
 * `SyslogMessage.fail` does.
 */
export function readStructuredData(message: SyslogMessage, start: number): number {
  if (message.at(start) === dash) return start + 1;
  if (message.at(start) !== openBracket)
    return message.fail('expecting a structured data section containing one or more elements or a nil value', start);
  const elements = new EntryMap();
  let parts = 0;
  let at = start;
  while (message.at(at) === openBracket) {
    const behindId = readName(message, at + 1);
    if (behindId < 0) return message.fail(`expecting a structured data element id (${nameRule})`, at + 1);
    const id = message.bytes.toString('latin1', at + 1, behindId);
    if (elements.has(id)) return message.fail('duplicate structured data element id', behindId);
    const parameters = new EntryMap();
    elements.set(id, parameters);
    parts++;
    at = behindId;
    while (message.at(at) === space) {
      if (++parts > mostParts) break;
      at = readParameter(message, at + 1, parameters);
      if (at < 0) return at;
    }
    if (parts > mostParts) return message.fail(`more than ${mostParts} structured data elements and parameters`, at);
    if (message.at(at) !== closeBracket) return message.fail('expecting the end of a structured data element', at);
    at++;
  }
  message.structuredData = elements;
  return at;
}

const nameRule = 'from 1 to max 32 US-ASCII characters; except `=`, ` `, `]`, and `"`';

/** Returns the offset behind a name; -1: there is none. */
function readName(message: SyslogMessage, start: number): number {
  let at = start;
  while (at <= start + longestName && isNameByte(message.at(at))) at++;
  return at === start || at > start + longestName ? -1 : at;
}

function isNameByte(byte: number): boolean {
  return isGraphic(byte) && byte !== equals && byte !== closeBracket && byte !== quote;
}

/** Reads `name="value"`. A name that stands twice has its last value. */
function readParameter(message: SyslogMessage, start: number, parameters: EntryMap): number {
  const behindName = readName(message, start);
  if (behindName < 0 || message.at(behindName) !== equals || message.at(behindName + 1) !== quote)
    return message.fail('expecting a structured data parameter (`key="value"`)', behindName < 0 ? start : behindName);
  const from = behindName + 2;
  let escapes = 0;
  let at = from;
  for (let byte = message.at(at); byte !== quote; byte = message.at(at)) {
    if (byte < 0) return message.fail('expecting a structured data parameter (`key="value"`)', at);
    if (byte === closeBracket) return unescaped(message, at);
    if (byte !== backslash) at++;
    else if (mustEscape(message.at(at + 1))) {
      escapes++;
      at += 2;
    } else return unescaped(message, at + 1);
  }
  const { bytes } = message;
  const name = bytes.toString('latin1', start, behindName);
  if (escapes === 0) parameters.setText(name, bytes, from, at);
  else parameters.set(name, bytes.toString('utf8', from, at).replaceAll(/\\(["\]\\])/g, '$1'));
  return at + 1;
}

function mustEscape(byte: number): boolean {
  return byte === quote || byte === closeBracket || byte === backslash;
}

function unescaped(message: SyslogMessage, at: number): -1 {
  return message.fail('expecting chars `]`, `"`, and `\\` to be escaped within param value', at);
}
