import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { runOperators, type PlainRecord } from '../../test/support/entry-lines.js';

const folder = path.resolve(import.meta.dirname, '../../test/recorded/file_log/cases');
/** Of the recordings those that are about operators; the receivers have the others. */
const groups = [
  'container',
  'csv',
  'flow',
  'json',
  'key_value',
  'moving',
  'recombine',
  'regex',
  'severity',
  'time',
].concat('syslog', 'trace_scope', 'uri');

interface RecordedCase {
  readonly name: string;
  readonly unordered?: boolean;
  readonly yearless?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string | { readonly base64: string }>>;
  readonly receiver: {
    readonly include_file_path?: boolean;
    readonly encoding?: string;
    readonly operators: readonly unknown[];
  };
  readonly expect: { readonly records: readonly PlainRecord[] };
}

const now = Date.UTC(2026, 10, 30);
/** Lines of different formats keep their order here: see docs/differences.md. */
const reordered = new Set(['container-auto']);

describe.each(groups)('%s', (group) => {
  const cases = JSON.parse(fs.readFileSync(path.join(folder, `${group}.json`), 'utf8')) as readonly RecordedCase[];
  // The zone of the machine is that of the process.
  test.each(cases.filter(({ env }) => env === undefined))('$name', (recorded) => {
    const { files, receiver } = recorded;
    const records = Object.entries(files).flatMap(([name, content]) => {
      const attributes = receiver.include_file_path ? { 'log.file.path': `$DIR/${name}` } : {};
      return runOperators(receiver.operators.map(expanded), linesOf(content, receiver.encoding), {
        attributes,
        nowMs: now,
      }).records;
    });
    const wanted = recorded.expect.records.map((record) => (recorded.yearless ? withYear(record) : record));
    const inOrder = !recorded.unordered && !reordered.has(recorded.name);
    expect(comparable(records, inOrder)).toEqual(comparable(wanted, inOrder));
  });
});

/** `$$` is a dollar sign once the configuration has been read. */
function expanded(operator: unknown): unknown {
  return JSON.parse(JSON.stringify(operator).replaceAll('$$', () => '$'));
}

/** As the receiver cuts a file: trimmed, and without lines that are empty. */
function linesOf(content: string | { readonly base64: string }, encoding = 'utf-8'): (string | Buffer)[] {
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content.base64, 'base64');
  if (encoding === 'utf-8-raw') return [bytes.subarray(0, -1)];
  return bytes
    .toString()
    .split('\n')
    .map((line) => line.replaceAll(/^[ \t\r]+|[ \t\r]+$/g, ''))
    .filter((line) => line !== '');
}

/** `$yearless-01-02T...` is a moment of this year, or of the last one for a date that is more than a week ahead. */
function withYear(record: PlainRecord): PlainRecord {
  const written = record['timeUnixNano'];
  if (typeof written !== 'string') return record;
  const time = written.replace('$yearless', '');
  const year = new Date(now).getUTCFullYear();
  const ofYear = Date.parse(`${year}${time}`);
  const ms = ofYear > now + 7 * 86_400_000 ? Date.parse(`${year - 1}${time}`) : ofYear;
  return { ...record, timeUnixNano: `${ms}000000` };
}

function comparable(records: readonly PlainRecord[], inOrder: boolean): readonly string[] {
  const texts = records.map((record) => JSON.stringify(sorted(record)));
  return inOrder ? texts : texts.toSorted();
}

/** With the keys of maps and the entries of attribute lists in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const elements = value.map(sorted);
    const keyOf = (each: unknown): string => (each as { readonly key?: string }).key ?? '';
    return elements.some((each) => typeof each === 'object' && each !== null && 'key' in each)
      ? elements.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      : elements;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, sorted(each)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
