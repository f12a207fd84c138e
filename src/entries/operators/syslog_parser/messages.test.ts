import { expect, test } from 'vitest';
import type { EntryMap } from '../../entry-map.js';
import type { EntryValue } from '../../entry-value.js';
import { parseFramed, type SyslogFraming } from './framing.js';
import type { PriorityRule } from './header.js';
import { parseRfc3164 } from './rfc3164.js';
import { parseRfc5424 } from './rfc5424.js';
import { SyslogMessage, textParts } from './syslog-message.js';

const message = new SyslogMessage();

/** The parts of a message, in few words; the fault when the text is none. */
function read(
  format: 'rfc3164' | 'rfc5424',
  text: string | Buffer,
  rule: PriorityRule = 'required',
  framing: SyslogFraming = { kind: 'none' },
): object | string {
  const bytes = Buffer.concat([Buffer.from('before'), Buffer.from(text), Buffer.from('behind')]);
  const parse = format === 'rfc3164' ? parseRfc3164 : parseRfc5424;
  if (!parseFramed(framing, message, bytes, 6, bytes.length - 6, (each) => parse(each, rule))) return message.fault;
  const { year, month, day, hour, minute, second, nanos, offset } = message;
  return {
    ...(message.priority < 0 ? {} : { priority: message.priority }),
    ...(message.version === 0 ? {} : { version: message.version }),
    ...(message.hasTime ? { time: [year, month, day, hour, minute, second, nanos, offset].join(' ') } : {}),
    ...Object.fromEntries(
      textParts
        .filter((name) => message[name].isPresent)
        .map((name) => [name, bytes.toString('utf8', message[name].from, message[name].to)]),
    ),
    ...(message.structuredData
      ? { data: Object.fromEntries([...message.structuredData].map(([id, each]) => [id, plain(each)])) }
      : {}),
  };
}

/** A map of an entry as an object. */
function plain(map: EntryValue): object {
  return Object.fromEntries(map as EntryMap);
}

test('RFC 5424: all parts, and none of them', () => {
  expect(
    read(
      'rfc5424',
      '<165>1 2003-10-11T22:14:15.003Z mymachine evntslog 8710 ID47 [a@1 x="1" y="\\"\\]\\\\"][b] \u{feff}text ü',
    ),
  ).toEqual({
    priority: 165,
    version: 1,
    time: '2003 10 11 22 14 15 3000000 0',
    hostname: 'mymachine',
    appname: 'evntslog',
    proc_id: '8710',
    msg_id: 'ID47',
    message: '\u{feff}text ü',
    data: { 'a@1': { x: '1', y: '"]\\' }, b: {} },
  });
  expect(read('rfc5424', '<0>999 - - - - - -')).toEqual({ priority: 0, version: 999 });
  expect(read('rfc5424', '<1>1 2003-08-24T05:14:15.000003-07:30 - - - - - %% m  ')).toMatchObject({
    time: '2003 8 24 5 14 15 3000 -27000',
    message: '%% m  ',
  });
});

test.each([
  ['', 'expecting a priority value within angle brackets [col 0]'],
  ['<', 'expecting a priority value in the range 1-191 or equal to 0 [col 1]'],
  ['<192>1 - - - - - -', 'expecting a priority value in the range 1-191 or equal to 0 [col 3]'],
  ['<01>1 - - - - - -', 'expecting a priority value in the range 1-191 or equal to 0 [col 2]'],
  ['<1 1 - - - - - -', 'expecting a priority value within angle brackets [col 2]'],
  ['<1>0 - - - - - -', 'expecting a version value in the range 1-999 [col 4]'],
  ['<1>1000 - - - - - -', 'expecting a version value in the range 1-999 [col 6]'],
  ['<1>1 2003-02-29T22:14:15Z h a p m -', 'expecting a RFC3339MICRO timestamp or a nil value [col 12]'],
  ['<1>1 2003-02-28T24:14:15Z h a p m -', 'expecting a RFC3339MICRO timestamp or a nil value [col 16]'],
  ['<1>1 2003-02-28T22:14:60Z h a p m -', 'expecting a RFC3339MICRO timestamp or a nil value [col 21]'],
  ['<1>1 2003-02-28T22:14:15.1234567Z h a p m -', 'expecting a RFC3339MICRO timestamp or a nil value [col 31]'],
  ['<1>1 2003-02-28T22:14:15 h a p m -', 'expecting a RFC3339MICRO timestamp or a nil value [col 24]'],
  [
    `<1>1 - ${'h'.repeat(256)} a p m -`,
    'expecting an hostname (from 1 to max 255 US-ASCII characters) or a nil value [col 262]',
  ],
  ['<1>1 - h ü p m -', 'expecting an app-name (from 1 to max 48 US-ASCII characters) or a nil value [col 9]'],
  ['<1>1 - h a p m', 'expecting a msgid (from 1 to max 32 US-ASCII characters) or a nil value [col 14]'],
  ['<1>1 - h a p m x', 'expecting a structured data section containing one or more elements or a nil value [col 15]'],
  ['<1>1 - h a p m [a][a]', 'duplicate structured data element id [col 20]'],
  ['<1>1 - h a p m [a x="]"]', 'expecting chars `]`, `"`, and `\\` to be escaped within param value [col 21]'],
  ['<1>1 - h a p m [a x="\\n"]', 'expecting chars `]`, `"`, and `\\` to be escaped within param value [col 22]'],
  ['<1>1 - h a p m [a x="1" ]', 'expecting a structured data parameter (`key="value"`) [col 24]'],
  ['<1>1 - h a p m -x', 'parsing error [col 16]'],
])('RFC 5424: %s', (text, fault) => {
  expect(read('rfc5424', text)).toBe(fault);
});

test('a name of structured data has 32 characters at most', () => {
  expect(read('rfc5424', `<1>1 - h a p m [${'i'.repeat(32)}]`)).toHaveProperty('data');
  expect(read('rfc5424', `<1>1 - h a p m [${'i'.repeat(33)}]`)).toContain('structured data element id');
});

test('structured data has some thousand parts at most, however long the text is', () => {
  const parts = (count: number): string => `<1>1 - h a p m [a${' x="1"'.repeat(count - 1)}]`;
  expect(read('rfc5424', parts(4096))).toHaveProperty('data');
  expect(read('rfc5424', parts(4097))).toContain('more than 4096');
});

test.each([
  [
    "<34>Oct 11 22:14:15 mymachine su: 'su root' failed",
    { time: '0 10 11 22 14 15 0 0', hostname: 'mymachine', appname: 'su', message: "'su root' failed" },
  ],
  [
    '<34>Feb  5 17:32:18 10.0.0.99 Use the BFG!',
    { time: '0 2 5 17 32 18 0 0', hostname: '10.0.0.99', message: 'Use the BFG!' },
  ],
  [
    '<34>  Feb 05 17:32:18   h   app[1 2:3]: a [b]\tc\n',
    { time: '0 2 5 17 32 18 0 0', hostname: 'h', appname: 'app', proc_id: '1 2:3', message: 'a [b]\tc' },
  ],
  // A sender that leaves its name out, as OpenBSD does.
  ['<34>Feb 29 17:32:18 su: x', { time: '0 2 29 17 32 18 0 0', appname: 'su', message: 'x' }],
  ['<34>Feb  5 17:32:18 only', { time: '0 2 5 17 32 18 0 0', message: 'only' }],
  // As in the Collector, what stands before a colon or a bracket is a tag whatever follows.
  [
    '<34>Feb  5 17:32:18 h http://x y',
    { time: '0 2 5 17 32 18 0 0', hostname: 'h', appname: 'http', message: 'http://x y' },
  ],
  [
    '<34>Feb  5 17:32:18 h app[12] y',
    { time: '0 2 5 17 32 18 0 0', hostname: 'h', appname: 'app', proc_id: '12', message: '12] y' },
  ],
  ['<34>Feb  5 17:32:18 h -: y', { time: '0 2 5 17 32 18 0 0', hostname: 'h', message: 'y' }],
  [
    `<34>Feb  5 17:32:18 h ${'t'.repeat(49)}: y`,
    { time: '0 2 5 17 32 18 0 0', hostname: 'h', message: `${'t'.repeat(49)}: y` },
  ],
])('RFC 3164: %s', (text, parts) => {
  expect(read('rfc3164', text)).toEqual({ priority: 34, ...parts });
});

test.each([
  ['no pri', 'expecting a priority value within angle brackets [col 0]'],
  ['<34>garbage', 'expecting a Stamp timestamp [col 4]'],
  ['<34>Jan 32 22:14:15 h x: y', 'expecting a Stamp timestamp [col 9]'],
  ['<34>Feb 30 22:14:15 h x: y', 'expecting a Stamp timestamp: day out of range [col 9]'],
  ['<34>Jan  0 22:14:15 h x: y', 'expecting a Stamp timestamp [col 9]'],
  ['<34>Jan 12 22:14:15', 'expecting a Stamp timestamp [col 19]'],
  ['<34>Jan 12 22:14:15 ', 'expecting a message [col 20]'],
  ['<34>Jan 12 22:14:15 h x: \u0001', 'expecting a content part composed by visible characters only [col 25]'],
])('RFC 3164: %s', (text, fault) => {
  expect(read('rfc3164', text)).toBe(fault);
});

test('a message may come without its priority where that is allowed', () => {
  expect(read('rfc3164', 'Oct 11 22:14:15 h app: m', 'optional')).toMatchObject({ hostname: 'h', message: 'm' });
  expect(read('rfc5424', '1 - h a - - - x', 'optional')).toEqual({
    version: 1,
    hostname: 'h',
    appname: 'a',
    message: 'x',
  });
  expect(read('rfc5424', '<9>1 - h a - - - x', 'optional')).toMatchObject({ priority: 9 });
  expect(read('rfc5424', '2003-10-11T22:14:15Z h a - - - x', 'optional')).toContain('expecting a version value');
});

test('octet counting: the length is that of the message', () => {
  const octets: SyslogFraming = { kind: 'octets', most: 50 };
  const of = (text: string): object | string => read('rfc5424', text, 'required', octets);
  expect(of('18 <1>1 - h a - - - xyz'.slice(0, 21))).toMatchObject({ message: 'x' });
  expect(of('18 <1>1 - h a - - - x\n18 <2>1 - h a - - - y\n')).toMatchObject({ priority: 2, message: 'y' });
  expect(of('17 <1>1 - h a - - - x')).toBe('expecting a MSGLEN [col 20]');
  expect(of('19 <1>1 - h a - - - x')).toBe('expecting a SYSLOGMSG containing 19 octets [col 21]');
  expect(of('51 <1>1 - h a - - - x')).toBe('message length (51) exceeds maximum length (50) [col 0]');
  expect(of('<1>1 - h a - - - x')).toBe('expecting a MSGLEN [col 0]');
  expect(of('18<1>1 - h a - - - x')).toBe('expecting a WS [col 2]');
  expect(of('18 x')).toBe('expecting a SYSLOGMSG [col 3]');
  expect(of('9'.repeat(400))).toBe('invalid message length [col 16]');
});

test('a trailer does not belong to the message', () => {
  const framing: SyslogFraming = { kind: 'trailer', byte: 0 };
  expect(read('rfc5424', '<1>1 - h a - - - x\0', 'required', framing)).toMatchObject({ message: 'x' });
  expect(read('rfc5424', '<1>1 - h a - - - x', 'required', framing)).toMatchObject({ message: 'x' });
});
