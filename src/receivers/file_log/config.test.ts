import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { faultsInUse } from '../../../test/support/faults-in-use.js';
import { config } from './config.js';

interface Recorded {
  readonly name: string;
  readonly receiver: object;
  readonly args?: readonly string[];
  readonly result: 'accepted' | 'refused';
  readonly stricterIsFine?: boolean;
}

const recorded = JSON.parse(
  fs.readFileSync(path.resolve(import.meta.dirname, '../../../test/recorded/file_log/config-errors.json'), 'utf8'),
) as readonly Recorded[];
const gates = ['filelog.allowFileDeletion', 'filelog.allowHeaderMetadataParsing'];

function faults(given: object, off: readonly string[] = []): string[] {
  const result = config.safeParse(given);
  if (!result.success)
    return result.error.issues.map((issue) => {
      const said = issue.code === 'unrecognized_keys' ? issue.keys.join() : issue.message;
      return `${issue.path.join('.')}: ${said}`;
    });
  const use = { signals: new Set(['logs' as const]), gates: new Set(gates.filter((gate) => !off.includes(gate))) };
  return faultsInUse(config, given, use).map(({ message, path: at }) => `${at.join('.')}: ${message}`);
}

// Whether the storage runs is checked with the whole configuration; operators have tests of their own.
const ours = recorded.filter(({ name, receiver }) => name !== 'storage-unknown' && !('operators' in receiver));

test.each(ours)('recorded: $name', (one) => {
  const off = (one.args ?? []).map((word) => word.replace('--feature-gates=-', ''));
  const found = faults(one.receiver, off);
  if (one.result === 'refused') expect(found).not.toEqual([]);
  else if (one.stricterIsFine !== true) expect(found).toEqual([]);
});

const include = ['/a'];

test.each<[object, string]>([
  [{}, "include: 'include' must be specified"],
  [{ include: ['/x/[a'] }, 'include.0: include: parse glob: syntax error in pattern'],
  [{ include, exclude: ['{a'] }, 'exclude.0: exclude: parse glob: syntax error in pattern'],
  [{ include, poll_interval: '0s' }, 'poll_interval: must be positive'],
  [{ include, max_log_size: '0' }, "max_log_size: 'max_log_size' must be positive"],
  [{ include, max_log_size: 'big' }, "max_log_size: invalid byte size 'big'"],
  [{ include, encoding: 'utf-17' }, "encoding: unsupported encoding 'utf-17'"],
  [
    { include, multiline: { line_start_pattern: 'a', line_end_pattern: 'b' } },
    'multiline.line_end_pattern: only one of line_start_pattern or line_end_pattern can be set',
  ],
  [
    { include, encoding: 'nop', multiline: { line_start_pattern: 'a' } },
    'multiline.line_start_pattern: line_start_pattern should not be set when using nop encoding',
  ],
  [{ include, polls_to_archive: 1 }, "polls_to_archive: 'polls_to_archive' needs 'storage'"],
  [{ include, attributes: { a: 'EXPR(1 +' } }, 'attributes.a: EXPR( without its closing bracket'],
  [
    { include, file_cache_advise: true },
    'file_cache_advise: file_cache_advise is not supported: Node has no call for it',
  ],
])('%j', (given, fault) => {
  expect(faults(given)).toEqual([fault]);
});

test('the gate of mtime', () => {
  const ordering_criteria = { sort_by: [{ sort_type: 'mtime' }] };
  expect(faults({ include, ordering_criteria })).toEqual([
    'ordering_criteria.sort_by.0.sort_type: the "filelog.mtimeSortType" feature gate must be enabled to use "mtime" ' +
      'sort type',
  ]);
});
