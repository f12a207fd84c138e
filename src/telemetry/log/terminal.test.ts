import { expect, test } from 'vitest';
import { painter } from '../../component/colour.js';
import type { Line } from './console.js';
import { terminalFormat } from './terminal.js';

const plain = painter({ isTTY: false });
const line: Line = {
  level: 'info',
  time: new Date(2026, 0, 2, 3, 4, 5, 6),
  caller: 'delivery/retry.js:31',
  message: 'Started',
  fields: { resource: { 'service.name': 'kanmon' } },
  stack: 'a.js:1\nb.js:2',
  manyLines: false,
};

test('the resource stands above the first line; caller, stack and date do not stand there', () => {
  const format = terminalFormat(plain);
  expect(format(line)).toBe('resource service.name=kanmon\n03:04:05.006 info  Started\n');
  expect(format(line)).toBe('03:04:05.006 info  Started\n');
});

test('the component stands before the message, and fields behind it', () => {
  const fields = {
    'otelcol.component.id': 'debug/a',
    'otelcol.component.kind': 'exporter',
    'otelcol.signal': 'traces',
    count: 2,
    why: 'two words',
    error: new TypeError('no'),
    nested: { a: [1] },
  };
  expect(terminalFormat(plain)({ ...line, level: 'warn', fields })).toBe(
    '03:04:05.006 warn  exporter debug/a traces Started count=2 why="two words" error=no nested={"a": [1]}\n',
  );
});

test('texts of many lines and rows of a list stand below, and control characters are escaped', () => {
  const format = terminalFormat(plain);
  expect(format({ ...line, fields: {}, manyLines: true, message: 'first\n\u001b[2J\tsecond\n' })).toBe(
    '03:04:05.006 info \n    first\n    \\u001b[2J\\u0009second\n',
  );
  expect(format({ ...line, fields: {}, message: 'first\nforged' })).toBe('03:04:05.006 info  first\\nforged\n');
  const ledger = [
    { id: 'otlp', in: 1, dropped: {} },
    { id: 'a b', in: 2, dropped: { x: 1 } },
  ];
  expect(format({ ...line, fields: { ledger } })).toBe(
    '03:04:05.006 info  Started\n    id=otlp in=1\n    id="a b" in=2 dropped={"x": 1}\n',
  );
  expect(format({ ...line, fields: { '\u001b[2J': '\u202e' } })).toBe(
    '03:04:05.006 info  Started \\u001b[2J=\\u202e\n',
  );
});

test('levels have colours, unless NO_COLOR is set', () => {
  const before = process.env['NO_COLOR'];
  try {
    process.env['NO_COLOR'] = '';
    expect(terminalFormat(painter({ isTTY: true }))({ ...line, level: 'error' })).toContain('\u001b[31merror\u001b[0m');
    process.env['NO_COLOR'] = '1';
    expect(terminalFormat(painter({ isTTY: true }))({ ...line, level: 'error' })).not.toContain('\u001b');
  } finally {
    if (before === undefined) delete process.env['NO_COLOR'];
    else process.env['NO_COLOR'] = before;
  }
});
