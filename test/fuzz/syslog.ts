import { parseFramed, type SyslogFraming } from '../../src/entries/operators/syslog_parser/framing.js';
import { parseRfc3164 } from '../../src/entries/operators/syslog_parser/rfc3164.js';
import { parseRfc5424 } from '../../src/entries/operators/syslog_parser/rfc5424.js';
import { SyslogMessage, textParts } from '../../src/entries/operators/syslog_parser/syslog-message.js';
import type { Target } from './targets.js';

const message = new SyslogMessage();
const framings: readonly SyslogFraming[] = [
  { kind: 'none' },
  { kind: 'octets', most: 8192 },
  { kind: 'trailer', byte: 10 },
];

/** Messages of syslog. The first byte says which format, whether it may lack a priority, and how it is framed. */
export const syslog: Target = {
  name: 'syslog',
  share: 0.5,
  seeds: [
    '\0<165>1 2003-10-11T22:14:15.003Z host app 8710 ID47 [a@1 x="1" y="\\"\\]\\\\"][b] \u{feff}text',
    '\u0002<34>Oct 11 22:14:15 mymachine su[12]: failed for lonvick on /dev/pts/8',
    '\u0001Feb  5 17:32:18 10.0.0.99 Use the BFG!',
    '\u000418 <1>1 - h a - - - x\n18 <2>1 - h a - - - y\n',
    '\u0008<0>1 - - - - - -\n',
  ].map((text) => Buffer.from(text)),
  run(input) {
    const flags = input[0] ?? 0;
    const parse = flags & 2 ? parseRfc3164 : parseRfc5424;
    const rule = flags & 1 ? 'optional' : 'required';
    const framing = framings[(flags >> 2) % framings.length] ?? { kind: 'none' };
    if (!parseFramed(framing, message, input, Math.min(1, input.length), input.length, (each) => parse(each, rule)))
      return message.fault.replaceAll(/\d+/g, '').slice(0, 60);
    const found = textParts.filter((name) => message[name].isPresent);
    for (const name of found) {
      const { from, to } = message[name];
      if (from < 1 || from >= to || to > input.length) throw new Error(`broken: ${name} lies outside of the input`);
    }
    return `${found.join(' ')} ${message.structuredData ? Math.min(3, message.structuredData.size) : '-'}`;
  },
};
