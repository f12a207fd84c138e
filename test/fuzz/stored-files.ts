import { Checkpoints } from '../../src/files/checkpoints.js';
import { decodeFile, encodeFile } from '../../src/files/stored-file.js';
import { fingerprintOf } from '../../src/files/fingerprint.js';
import { Archive } from '../../src/files/archive.js';
import type { StorageClient } from '../../src/component/storage.js';
import { HeldClock, heldWorld } from '../support/held-world.js';
import { law } from './law.js';
import type { Target } from './targets.js';

/** Values that are read from it, and how many were. */
class OneValue implements StorageClient {
  gets = 0;
  readonly #values: ReadonlyMap<string, Buffer>;

  constructor(values: ReadonlyMap<string, Buffer>) {
    this.#values = values;
  }

  get(key: string): Promise<Buffer | undefined> {
    this.gets++;
    return Promise.resolve(this.#values.get(key));
  }

  batch(operations: Parameters<StorageClient['batch']>[0]): Promise<(Buffer | undefined)[]> {
    const nothing = Promise.resolve(undefined);
    return Promise.all(operations.map((operation) => (operation.kind === 'get' ? this.get(operation.key) : nothing)));
  }

  set(): Promise<void> {
    return Promise.resolve();
  }

  delete(): Promise<void> {
    return Promise.resolve();
  }

  keys(): Promise<readonly string[]> {
    return Promise.resolve([...this.#values.keys()]);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const stored = {
  path: '/var/log/a.log',
  head: 16,
  digest: Buffer.from(fingerprintOf(Buffer.alloc(16)).digest, 'latin1').toString('base64'),
  dev: 2049,
  ino: 12,
  done: { offset: 100, member: 0, records: 3, skipping: false },
};
const header = {
  map: [
    ['a', 'text'],
    ['b', { int: '9223372036854775807' }],
    ['c', [true, null, 1.5, { bytes: 'AAE=' }, { raw: '/w==' }]],
    ['__proto__', { map: [] }],
  ],
};

/** The values that `file_log` finds in its storage: the next place of the archive, and a file. */
export const storedFiles: Target = {
  name: 'stored-files',
  share: 0.2,
  seeds: [
    ['1', stored],
    ['2', { ...stored, gzip: true, done: { ...stored.done, member: 7, skipping: true } }],
    ['1', { ...stored, header }],
    ['1', { ...stored, dev: 'x', ino: -1, header: { map: [['a', { int: '99999999999999999999' }]] } }],
    ['2', { ...stored, head: 15, done: { ...stored.done, records: 0 } }],
    ['2', { ...stored, done: { ...stored.done, records: 1 }, header: { map: [['a', true]] } }],
    ['2', { ...stored, done: { ...stored.done, records: 2, offset: 1.5 } }],
    ['2', { ...stored, done: { ...stored.done, records: 2, skipping: true }, header: { map: [] } }],
    ['2', { ...stored, path: 1 }],
    ['2', { ...stored, dev: 0, header: { map: [['a', []]] } }],
    [
      '2',
      {
        ...stored,
        ino: 0,
        header: {
          map: [
            ['a', null],
            ['b', ''],
          ],
        },
      },
    ],
    ['2', { ...stored, gzip: true, ino: 0, header: { map: [['a', 1]] } }],
    ['0', null],
    ['-1', []],
    ['1e3', 'x'],
  ].map(([count, value]) => Buffer.from(`${typeof count === 'string' ? count : ''}\n${JSON.stringify(value)}`)),
  async run(input) {
    const newline = input.indexOf(10);
    const count = input.subarray(0, newline < 0 ? input.length : newline);
    const file = Buffer.from(newline < 0 ? '' : input.subarray(newline + 1));
    const client = new OneValue(
      new Map([
        ['file_0', file],
        ['archive_next', count],
        ['archive_0', file],
      ]),
    );
    const files = await new Checkpoints(client, new HeldClock(), heldWorld().context.logger).load();
    law(client.gets <= 1, `${client.gets} values were read`);
    for (const each of files) {
      law(each.record === 0, 'a file under another number');
      const again = decodeFile(encodeFile(each));
      law(again !== undefined, 'what was read cannot be written');
      law(encodeFile(again).equals(encodeFile(each)), 'what was written is read as something else');
    }
    const taken = await new Archive(client, 3).take(Buffer.alloc(64));
    const [first] = files;
    const kinds = [...(first?.header?.values() ?? [])].map((value) => typeof value).slice(0, 3);
    const { skipping, records = 0, member = 0 } = first?.done ?? {};
    const place = `${skipping} ${Math.min(3, records)} ${member > 0} ${first?.ino === 0} ${first?.dev === 0}`;
    return `${files.length} ${first?.isCompressed} ${kinds.join(' ')} ${taken !== undefined} ${place}`;
  },
};
