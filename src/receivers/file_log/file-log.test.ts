import fs from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileWorld } from '../../../test/support/file-world.js';
import { MemoryStorage } from '../../../test/support/storage.js';

let files: FileWorld;
beforeEach(() => {
  files = new FileWorld();
});
afterEach(() => files.remove());

const byText = (a: unknown, b: unknown): number => (String(a) < String(b) ? -1 : 1);
const sorted = (values: readonly unknown[]): unknown[] => values.toSorted(byText);
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `line ${from + i}\n`).join('');
const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `line ${from + i}`);

test('lines that are there, and those that are appended', async () => {
  files.write('a.log', 'one\n two \r\n\n');
  await files.start();
  expect(await files.read(2)).toEqual(['one', 'two']);
  files.append('a.log', 'three\n');
  expect(await files.read(3)).toEqual(['one', 'two', 'three']);
  expect(files.records[0]?.attributes).toEqual({ 'log.file.name': 'a.log' });
});

test('start_at end: what is there at first is not read, a file that appears later is', async () => {
  files.write('a.log', 'old\n');
  await files.start({ start_at: 'end' });
  await files.logged('Started watching file');
  files.append('a.log', 'new\n');
  await files.read(1);
  files.write('b.log', 'first\n');
  expect(await files.read(2)).toEqual(['new', 'first']);
});

test('a line without an end is one when the file has not grown for force_flush_period', async () => {
  files.write('a.log', 'one\nta');
  await files.start({ force_flush_period: '10h' });
  await files.read(1);
  files.append('a.log', 'il');
  await files.polls(3);
  expect(files.bodies).toEqual(['one']);
  await files.until('the last line', () => files.records.length > 1, 600_000);
  expect(files.bodies).toEqual(['one', 'tail']);
});

test('a renamed file is read on where it was, whether the globs find it or not', async () => {
  files.write('a.log', '1\n');
  await files.start();
  await files.read(1);
  files.append('a.log', '2\n');
  fs.renameSync(files.path('a.log'), files.path('a.1.log'));
  files.write('a.log', '3\n');
  await files.read(3);
  files.append('a.log', '4\n');
  fs.renameSync(files.path('a.log'), files.path('a.old'));
  files.write('a.log', '5\n');
  await files.read(5);
  // Its writer has not noticed yet.
  files.append('a.old', '6\n');
  await files.read(6);
  expect(sorted(files.bodies)).toEqual(['1', '2', '3', '4', '5', '6']);
});

test('a truncated file begins anew; its copy is not read again', async () => {
  files.write('a.log', lines(0, 5));
  await files.start();
  await files.read(5);
  fs.copyFileSync(files.path('a.log'), files.path('b.log'));
  await files.polls(2);
  fs.truncateSync(files.path('a.log'));
  await files.polls(2);
  files.append('a.log', 'new\n');
  await files.read(6);
  await files.polls(5);
  expect(files.bodies).toEqual([...numbered(0, 5), 'new']);
});

test('a copy that the globs find goes on where the truncated file was left', async () => {
  files.write('a.log', lines(0, 100));
  await files.start();
  await files.read(100);
  files.append('a.log', lines(100, 110));
  fs.copyFileSync(files.path('a.log'), files.path('b.log'));
  files.write('a.log', 'new\n');
  await files.read(111);
  await files.polls(5);
  expect(sorted(files.bodies)).toEqual([...numbered(0, 110), 'new'].toSorted(byText));
});

test('a file that is shorter and begins the same is read whole', async () => {
  const equal = `${'x'.repeat(99)}\n`;
  files.write('a.log', equal.repeat(50));
  await files.start();
  await files.read(50);
  fs.truncateSync(files.path('a.log'));
  files.append('a.log', equal.repeat(10));
  await files.read(60);
  await files.polls(5);
  expect(files.records).toHaveLength(60);
});

test.each([
  ['ignore', []],
  ['read_whole_file', ['head of file 0123456789', 'x', 'next']],
  ['read_new', ['next']],
])('on_truncate %s', async (on_truncate, more) => {
  files.write('a.log', 'head of file 0123456789\nold 1\nold 2\n');
  await files.start({ on_truncate, fingerprint_size: 16 });
  await files.read(3);
  files.write('a.log', 'head of file 0123456789\nx\n');
  await files.logged('File is shorter than what was read of it.');
  files.append('a.log', 'next\n');
  await files.read(3 + more.length);
  await files.polls(3);
  expect(files.bodies.slice(3)).toEqual(more);
});

test('first bytes that change in place make another file', async () => {
  files.write('a.log', 'aaaa\nbbbb\n');
  await files.start();
  await files.read(2);
  await files.polls(3);
  const handle = fs.openSync(files.path('a.log'), 'r+');
  fs.writeSync(handle, 'XXXX', 0);
  fs.closeSync(handle);
  expect(await files.read(4)).toEqual(['aaaa', 'bbbb', 'XXXX', 'bbbb']);
});

test('gzip files, also where another member is appended, and what a rotated file becomes', async () => {
  files.write('a.log', gzipSync('one\ntwo\n'));
  files.write('b.log', lines(0, 100));
  await files.start({ compression: 'auto' });
  await files.read(102);
  files.append('a.log', gzipSync('three\n'));
  await files.read(103);
  files.append('b.log', 'last\n');
  files.write('b.1.log', gzipSync(fs.readFileSync(files.path('b.log'))));
  fs.unlinkSync(files.path('b.log'));
  await files.read(104);
  await files.polls(10);
  expect(sorted(files.bodies)).toEqual([...numbered(0, 100), 'one', 'two', 'three', 'last'].toSorted(byText));
});

test('a compressed file that is not complete yet is read as far as it goes, and then on', async () => {
  const whole = gzipSync(Buffer.from(Array.from({ length: 5000 }, (_, i) => `${i} ${Math.sin(i)}\n`).join('')));
  files.write('a.log', whole.subarray(0, whole.length - 2000));
  await files.start({ compression: 'gzip', force_flush_period: '0s' });
  await files.until('some', () => files.records.length > 100);
  files.append('a.log', whole.subarray(whole.length - 2000));
  await files.read(5000);
  expect(files.bodies.map((body) => Number(String(body).split(' ')[0]))).toEqual(
    Array.from({ length: 5000 }, (_, i) => i),
  );
});

test('delete_after_read deletes a file whose records were accepted, with its last line', async () => {
  files.write('a.log', 'one\ntwo');
  files.answer = 'refuse';
  await files.start({ delete_after_read: true });
  await files.until('a refusal', () => files.refusals > 0);
  expect(fs.existsSync(files.path('a.log'))).toBe(true);
  files.answer = 'accept';
  expect(await files.read(2)).toEqual(['one', 'two']);
  await files.until('it is gone', () => !fs.existsSync(files.path('a.log')));
});

test('delete_after_read spares a file that has come to the path of one that was moved', async () => {
  files.write('a.log', 'one\n');
  files.answer = 'refuse';
  await files.start({ delete_after_read: true });
  await files.until('a refusal', () => files.refusals > 0);
  fs.renameSync(files.path('a.log'), files.path('moved'));
  // Nothing is read of it, so that nothing of it was accepted.
  files.write('a.log', '');
  files.answer = 'accept';
  await files.read(1);
  await files.polls(5);
  expect(fs.existsSync(files.path('a.log'))).toBe(true);
});

test('a refused batch is handed on again, and nothing is read meanwhile', async () => {
  files.write('a.log', 'one\n');
  await files.start({ retry_on_failure: { initial_interval: '100ms', max_interval: '200ms' } });
  await files.read(1);
  files.answer = 'refuse';
  files.append('a.log', 'two\n');
  await files.until('three refusals', () => files.refusals > 2);
  files.append('a.log', 'three\n');
  await files.polls(3);
  files.answer = 'accept';
  expect(await files.read(3)).toEqual(['one', 'two', 'three']);
});

test('the end does not wait for the pause of a refused batch', async () => {
  files.write('a.log', 'one\n');
  files.answer = 'refuse';
  await files.start({ retry_on_failure: { initial_interval: '1h', max_interval: '1h' } });
  await files.until('a refusal', () => files.refusals > 0);
  files.answer = 'accept';
  // No time passes on the held clock.
  await files.stop();
  expect(files.bodies).toEqual(['one']);
});

test('what is refused for good is dropped, and reading goes on', async () => {
  files.write('a.log', 'one\n');
  files.answer = 'reject';
  await files.start();
  await files.until('a refusal', () => files.refusals > 0);
  files.answer = 'accept';
  files.append('a.log', 'two\n');
  expect(await files.read(1)).toEqual(['two']);
  expect(files.world.lines.some(({ level, message }) => level === 'error' && message.includes('for good'))).toBe(true);
});

test('without retries a refused batch is dropped', async () => {
  files.write('a.log', 'one\n');
  files.answer = 'refuse';
  await files.start({ retry_on_failure: { enabled: false } });
  await files.until('a refusal', () => files.refusals > 0);
  files.answer = 'accept';
  files.append('a.log', 'two\n');
  expect(await files.read(1)).toEqual(['two']);
});

test('offsets outlive a restart, and nothing that was refused is skipped', async () => {
  const storage = new MemoryStorage();
  files.write('a.log', 'one\n');
  await files.start({ include_file_record_number: true }, storage);
  await files.read(1);
  files.answer = 'refuse';
  files.append('a.log', 'two\n');
  await files.until('a refusal', () => files.refusals > 0);
  await files.stop(AbortSignal.abort());
  files.append('a.log', 'three\n');
  files.write('b.log', 'new\n');
  files.answer = 'accept';
  files.world = new FileWorld().world;
  await files.start({ start_at: 'end', include_file_record_number: true }, storage);
  await files.read(4);
  await files.polls(5);
  expect(sorted(files.bodies)).toEqual(['new', 'one', 'three', 'two']);
  const last = files.records.find(({ body }) => body === 'three');
  expect(last?.attributes['log.file.record_number']).toBe('3');
});

test('a file that was rotated while the program was down is found again', async () => {
  const storage = new MemoryStorage();
  files.write('a.log', 'one\n');
  await files.start({}, storage);
  await files.read(1);
  await files.stop();
  files.append('a.log', 'two\n');
  fs.renameSync(files.path('a.log'), files.path('b.log'));
  files.write('a.log', 'new\n');
  await files.restart({}, storage);
  await files.read(3);
  await files.polls(5);
  expect(sorted(files.bodies)).toEqual(['new', 'one', 'two']);
});

test('a line that had no end at the end is neither lost nor read twice', async () => {
  const storage = new MemoryStorage();
  files.write('a.log', 'one\nha');
  await files.start({ force_flush_period: '5s' }, storage);
  await files.read(1);
  await files.restart({ force_flush_period: '5s' }, storage);
  files.append('a.log', 'lf\n');
  expect(await files.read(2)).toEqual(['one', 'half']);
});

test('a reload without storage goes on where it was', async () => {
  files.write('a.log', 'one\n');
  await files.start();
  await files.read(1);
  await files.stop();
  files.append('a.log', 'two\n');
  await files.start({ start_at: 'end' });
  expect(await files.read(2)).toEqual(['one', 'two']);
});

test('polls_to_archive: a file that comes back is known', async () => {
  const storage = new MemoryStorage();
  files.write('a.log', 'one\n');
  await files.start({ polls_to_archive: 10 }, storage);
  await files.read(1);
  const text = fs.readFileSync(files.path('a.log'));
  fs.unlinkSync(files.path('a.log'));
  await files.until('it is forgotten', () => files.world.lines.some(({ message }) => message === 'File is forgotten.'));
  files.write('a.log', Buffer.concat([text, Buffer.from('two\n')]));
  expect(await files.read(2)).toEqual(['one', 'two']);
});

test('a deleted file with the same content is new once the old one is forgotten', async () => {
  files.write('a.log', 'one\n');
  await files.start();
  await files.read(1);
  fs.unlinkSync(files.path('a.log'));
  await files.until('it is forgotten', () => files.world.lines.some(({ message }) => message === 'File is forgotten.'));
  files.write('a.log', 'one\n');
  expect(await files.read(2)).toEqual(['one', 'one']);
});

test('equal files are read once, files of which one begins the other both', async () => {
  files.write('a.log', 'first\n');
  files.write('b.log', 'first\nsecond\n');
  files.write('c.log', 'first\n');
  await files.start();
  await files.read(3);
  await files.polls(5);
  expect(sorted(files.bodies)).toEqual(['first', 'first', 'second']);
});

test('more files than are kept open', async () => {
  for (let i = 0; i < 30; i++) files.write(`${i}.log`, `${i}\n`);
  await files.start({ max_concurrent_files: 4 });
  await files.read(30);
  for (let i = 0; i < 30; i++) files.append(`${i}.log`, `${i} more\n`);
  await files.read(60);
  expect(new Set(files.bodies).size).toBe(60);
});

test('max_batches reads the first files only', async () => {
  for (let i = 0; i < 6; i++) files.write(`${i}.log`, `${i}\n`);
  await files.start({ max_concurrent_files: 4, max_batches: 1 });
  await files.read(2);
  await files.polls(5);
  expect(sorted(files.bodies)).toEqual(['0', '1']);
});

test('links that lead in a circle, and files behind links', async () => {
  files.write('real/deep.txt', 'one\n');
  fs.symlinkSync('real/deep.txt', files.path('link.log'));
  fs.symlinkSync('.', files.path('self'));
  fs.symlinkSync('..', files.path('real/up'));
  await files.start({ include: [files.path('**/*.log')], include_file_path_resolved: true });
  await files.read(1);
  files.append('real/deep.txt', 'two\n');
  await files.read(2);
  await files.polls(5);
  expect(files.bodies).toEqual(['one', 'two']);
  expect(files.records[0]?.attributes).toEqual({
    'log.file.name': 'link.log',
    'log.file.path_resolved': fs.realpathSync(files.path('real/deep.txt')),
  });
});

test('a file that may not be read, a pipe and a folder in the place of a file do not hold up the others', async () => {
  fs.mkdirSync(files.path('folder.log'));
  files.write('a.log', 'one\n');
  await files.start();
  expect(await files.read(1)).toEqual(['one']);
});

test('the header of a file goes to all its records', async () => {
  files.write('a.log', '#version=1\n#host=h1\none\n');
  const storage = new MemoryStorage();
  const header = {
    pattern: '^#',
    metadata_operators: [{ type: 'key_value_parser', delimiter: '=', parse_to: 'attributes' }],
  };
  await files.start({ header }, storage);
  await files.read(1);
  await files.restart({ header }, storage);
  files.append('a.log', '#not one\n');
  expect(await files.read(2)).toEqual(['one', '#not one']);
  expect(files.records.map(({ attributes }) => attributes)).toEqual(
    Array.from({ length: 2 }, () => ({ '#version': '1', '#host': 'h1', 'log.file.name': 'a.log' })),
  );
});

test('a header ends in a file that seems to have nothing else', async () => {
  const line = `#k=${'v'.repeat(96)}\n`;
  files.write('a.log', line.repeat(20_000));
  const header = {
    pattern: '^#',
    metadata_operators: [{ type: 'key_value_parser', delimiter: '=', parse_to: 'attributes' }],
  };
  await files.start({ header });
  await files.read(10_000);
  expect(files.records[0]?.attributes['#k']).toBe('v'.repeat(96));
});

test('lines that an operator holds are not done with: they are read again after a restart', async () => {
  const storage = new MemoryStorage();
  const operators = [{ type: 'recombine', combine_field: 'body', is_first_entry: 'body matches "^LOG"' }];
  const settings = {
    ...{ operators, include_file_path: true, include_file_record_number: true, preserve_leading_whitespaces: true },
  };
  files.write('a.log', 'LOG 1\n more\nLOG 2\n');
  await files.start(settings, storage);
  await files.read(1);
  await files.restart(settings, storage);
  files.append('a.log', ' rest\nLOG 3\n');
  await files.read(2);
  expect(files.bodies).toEqual(['LOG 1\n more', 'LOG 2\n rest']);
  expect(files.records[1]?.attributes['log.file.record_number']).toBe('3');
});

test('ten thousand lines are in order, in batches', async () => {
  files.write('a.log', lines(0, 10_000));
  await files.start();
  expect(await files.read(10_000)).toEqual(numbered(0, 10_000));
});

test('a line without an end is cut, and its memory bounded', async () => {
  const handle = fs.openSync(files.path('a.log'), 'w');
  fs.ftruncateSync(handle, 64 << 20);
  fs.closeSync(handle);
  files.write('b.log', 'other\n');
  await files.start();
  await files.read(65);
  expect(files.records.filter(({ body }) => body === 'other')).toHaveLength(1);
  expect(files.records.filter(({ body }) => String(body).length === 1 << 20)).toHaveLength(64);
});
