import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EntryMap } from '../../entry-map.js';
import { parseFramed, type SyslogFraming } from './framing.js';
import { parseRfc3164 } from './rfc3164.js';
import { parseRfc5424 } from './rfc5424.js';
import { SyslogMessage, textParts } from './syslog-message.js';

const message = new SyslogMessage();

const word = (most: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCodePoint(code)),
    minLength: 1,
    maxLength: most,
  });

/** A word that is absent where it is `-`. */
const part = (most: number): fc.Arbitrary<string> => fc.oneof(fc.constant('-'), word(most));

const name = word(32).filter((text) => !/[=\]"]/.test(text));
const data = fc.dictionary(name, fc.dictionary(name, fc.string({ unit: 'grapheme' }), { maxKeys: 3 }), { maxKeys: 3 });
const time = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59Z'),
  noInvalidDate: true,
});

function written(elements: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const all = Object.entries(elements).map(
    ([id, parameters]) =>
      `[${id}${Object.entries(parameters)
        .map(([key, value]) => ` ${key}="${value.replaceAll(/["\]\\]/g, '\\$&')}"`)
        .join('')}]`,
  );
  return all.length === 0 ? '-' : all.join('');
}

test('a message of RFC 5424 is read as it was written', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 191 }),
      fc.integer({ min: 1, max: 999 }),
      time,
      fc.tuple(part(255), part(48), part(128), part(32)),
      data,
      fc.string({ unit: 'grapheme' }),
      (priority, version, at, words, elements, text) => {
        const line = `<${priority}>${version} ${at.toISOString()} ${words.join(' ')} ${written(elements)} ${text}`;
        const bytes = Buffer.from(line);
        message.begin(bytes, 0, bytes.length);
        expect([line, parseRfc5424(message, 'required')]).toEqual([line, true]);
        const read = textParts.map((each) =>
          message[each].isPresent ? bytes.toString('utf8', message[each].from, message[each].to) : '-',
        );
        expect(read).toEqual([...words, text === '' ? '-' : text]);
        expect([message.priority, message.version, message.year, message.month, message.day]).toEqual([
          priority,
          version,
          at.getUTCFullYear(),
          at.getUTCMonth() + 1,
          at.getUTCDate(),
        ]);
        const found = new Map(Object.entries(elements).map(([id, each]) => [id, new Map(Object.entries(each))]));
        const seen = [...(message.structuredData ?? [])].map(([id, each]) => [id, new Map(each as EntryMap)] as const);
        expect(new Map(seen)).toEqual(found);
      },
    ),
  );
});

const framing: fc.Arbitrary<SyslogFraming> = fc.constantFrom(
  { kind: 'none' },
  { kind: 'octets', most: 100 },
  { kind: 'trailer', byte: 10 },
);
const pieces = fc.constantFrom(
  '<34>', '<', '1 ', '12 ', 'Oct 11 ', '22:14:15', ' ', '- ', '-', '[a', ' x="1"', ']', '"', '\\', '\n', '\0', ': ',
  'é',   '2003-10-11T22:14:15Z ', '.5', '+02:00 ', 'host ', 'app[1]: ', '999999999999 ', 'x',
); // prettier-ignore

test('any bytes are read or refused, and every part lies within them', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        fc.array(pieces, { maxLength: 16 }).map((all) => all.join('')),
      ),
      framing,
      fc.constantFrom('required' as const, 'optional' as const),
      fc.constantFrom(parseRfc3164, parseRfc5424),
      (given, frame, rule, parse) => {
        const bytes = Buffer.from(given);
        if (!parseFramed(frame, message, bytes, 0, bytes.length, (each) => parse(each, rule))) {
          expect(message.fault).toMatch(/ \[col \d+\]$/);
          expect(Number(/(\d+)\]$/.exec(message.fault)?.[1])).toBeLessThanOrEqual(bytes.length + 1);
          return;
        }
        for (const each of textParts) {
          const { isPresent, from, to } = message[each];
          if (isPresent) expect(0 <= from && from < to && to <= bytes.length).toBe(true);
        }
        expect(message.priority >= (rule === 'required' ? 0 : -1) && message.priority <= 191).toBe(true);
      },
    ),
    { numRuns: 3000 },
  );
});
