import type { SyslogMessage } from './syslog-message.js';

/** How a message stands in the text: alone, behind its length (RFC 6587 3.4.1), or before a last byte (3.4.2). */
export type SyslogFraming =
  | { readonly kind: 'none' }
  /** `most`: the longest message. `bare`: it may begin with anything. */
  | { readonly kind: 'octets'; readonly most: number; readonly bare?: boolean }
  | { readonly kind: 'trailer'; readonly byte: number };

const space = 32;
const lessThan = 60;
const zero = 48;
const nine = 57;
const lineFeed = 10;

/** Reads the message within `bytes[from, to)`, with `parse`. False: `message.fault` says why there is none. */
export function parseFramed(
  framing: SyslogFraming,
  message: SyslogMessage,
  bytes: Buffer,
  from: number,
  to: number,
  parse: (message: SyslogMessage) => boolean,
): boolean {
  switch (framing.kind) {
    case 'none':
      message.begin(bytes, from, to);
      return parse(message);
    case 'trailer':
      message.begin(bytes, from, to > from && bytes[to - 1] === framing.byte ? to - 1 : to);
      return parse(message);
    case 'octets':
      return parseFrames(framing, message, bytes, from, to, parse);
  }
}

/** Frames one after the other, with a line feed between them or none. As in the Collector, the last one counts. */
function parseFrames(
  { most, bare = false }: { readonly most: number; readonly bare?: boolean },
  message: SyslogMessage,
  bytes: Buffer,
  from: number,
  to: number,
  parse: (message: SyslogMessage) => boolean,
): boolean {
  let at = from;
  do {
    message.begin(bytes, from, to);
    const start = readLength(message, at);
    if (start < 0) return false;
    const length = Number(bytes.toString('latin1', at, start - 1));
    if (length > most) return message.fail(`message length (${length}) exceeds maximum length (${most})`, at) >= 0;
    if (!bare && message.at(start) !== lessThan) return message.fail('expecting a SYSLOGMSG', start) >= 0;
    if (start + length > to)
      return message.fail(`expecting a SYSLOGMSG containing ${length} octets`, Math.min(start + length, to)) >= 0;
    message.begin(bytes, start, start + length);
    if (!parse(message)) return false;
    at = start + length;
    if (at < to && bytes[at] === lineFeed) at++;
  } while (at < to);
  return true;
}

/** Digits of a length that can be read exactly. */
const mostDigits = 15;

/** Returns where the message begins, behind its length and a blank. */
function readLength(message: SyslogMessage, from: number): number {
  let at = from;
  while (message.at(at) >= zero && message.at(at) <= nine && at - from <= mostDigits) at++;
  if (at === from) return message.fail('expecting a MSGLEN', at);
  if (at - from > mostDigits) return message.fail('invalid message length', at);
  return message.at(at) === space ? at + 1 : message.fail('expecting a WS', at);
}
