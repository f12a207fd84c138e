import { expect, test } from 'vitest';
import { DeliveryError } from '../../component/delivery-error.js';
import { consoleLine } from './console.js';

const base = { level: 'error', time: new Date(0), caller: undefined, message: 'x', stack: undefined } as const;

test("a backend's message of any length is cut, in the error and in its status", () => {
  const message = 'm'.repeat(4_000_000);
  const make = (): DeliveryError =>
    new DeliveryError(message, { class: 'permanent', reason: 'x', status: { code: 3, message, details: [] } });
  expect(make().message.length).toBeLessThan(1100);
  expect(make().status?.message.length).toBeLessThan(1100);
});

test('no field of a line is long, steers a terminal or begins another line', () => {
  const text = `\n1970-01-01\tinfo\tforged \u001b[2J\u009b2J\u202e${'y'.repeat(1_000_000)}`;
  const line = consoleLine({ ...base, fields: { a: text, error: new Error(text), deep: { b: [text] } } });
  expect(line.length).toBeLessThan(30_000);
  expect(line.trimEnd()).not.toContain('\n');
  for (const character of ['\u001b', '\u009b', '\u202e']) expect(line).not.toContain(character);
});
