import { crc32 } from 'node:zlib';

/**
 * The Collector's ring (docs/spec/gateway.md#ring, v3), written as slowly and plainly as possible: the judge of the one
 * in `src`.
 */
export class ReferenceRing {
  readonly #owners: (string | undefined)[] = new Array<string | undefined>(131_071);

  constructor(endpoints: readonly string[]) {
    const points: { endpoint: string; hash: number }[] = [];
    for (const endpoint of endpoints) {
      for (let i = 0; i < 200; i++) {
        const index = Buffer.alloc(4);
        index.writeUInt32LE(i);
        points.push({ endpoint, hash: crc32(Buffer.concat([Buffer.from(endpoint), index])) });
      }
    }
    points.sort(
      (a, b) => (a.hash % 131_071) - (b.hash % 131_071) || a.hash - b.hash || (a.endpoint < b.endpoint ? -1 : 1),
    );
    for (const point of points) {
      for (let step = 0; step < 10; step++) {
        const at = ((point.hash % 131_071) + step) % 131_071;
        if (this.#owners[at] !== undefined) continue;
        this.#owners[at] = point.endpoint;
        break;
      }
    }
  }

  ownerOf(identifier: Uint8Array): string {
    const start = crc32(identifier) % 131_071;
    for (let step = 0; step < 131_071; step++) {
      const owner = this.#owners[(start + step) % 131_071];
      if (owner !== undefined) return owner;
    }
    throw new Error('the ring is empty');
  }
}
