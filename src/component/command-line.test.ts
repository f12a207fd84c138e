import { expect, test } from 'vitest';
import { shownCommandLine } from './command-line.js';

test('what may be a secret on the command line is not shown', () => {
  const argv = [
    'node',
    'kanmon',
    '--config',
    'a.yaml',
    '--config=yaml:x::token: s3cret',
    '--set=a.b=s3cret',
    '--set',
    'c=s3cret=x',
    '--workers',
    '2',
  ];
  expect(shownCommandLine(argv)).toEqual([
    ...['node', 'kanmon', '--config', 'a.yaml', '--config=yaml:[REDACTED]', '--set=a.b=[REDACTED]'],
    ...['--set', 'c=[REDACTED]', '--workers', '2'],
  ]);
  expect(shownCommandLine(['--config', 'yaml:token: s3cret'])).toEqual(['--config', 'yaml:[REDACTED]']);
});
