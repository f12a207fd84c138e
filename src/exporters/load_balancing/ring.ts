import { crc32 } from './routing/crc32.js';

/** Positions on the ring: a prime just below 2^17, because CRC-32 spreads badly over powers of two. */
const ringSize = 131_071;
const pointsPerEndpoint = 200;
/** A point whose place is taken moves on, over this many places in all. */
const probes = 10;

interface Point {
  readonly position: number;
  readonly hash: number;
  readonly endpoint: string;
  readonly index: number;
}

/**
 * The Collector's ring since v0.157 (spec gateway-components 1.7): the same endpoints give the same ring here and there, so
 * that tiers of both agree. The owner of every position is written down, which makes a lookup one read.
 */
export class Ring {
  readonly endpoints: readonly string[];
  readonly #owner: Uint16Array = new Uint16Array(ringSize);

  /** `endpoints` as the resolver gave them, sorted; at most 65,535. An empty ring owns nothing. */
  constructor(endpoints: readonly string[]) {
    this.endpoints = endpoints;
    const points = endpoints.flatMap((endpoint, index) => pointsOf(endpoint, index));
    points.sort(
      (a, b) =>
        a.position - b.position || a.hash - b.hash || (a.endpoint < b.endpoint ? -1 : a.endpoint > b.endpoint ? 1 : a.index - b.index),
    );
    const taken = new Uint8Array(ringSize);
    for (const { position, index } of points) {
      for (let i = 0; i < probes; i++) {
        const place = (position + i) % ringSize;
        if (taken[place] === 1) continue;
        taken[place] = 1;
        this.#owner[place] = index;
        break;
      }
    }
    // Every position belongs to the first point at or after it; the last ones wrap around to the first point.
    let next = this.#owner[taken.indexOf(1)] ?? 0;
    for (let place = ringSize - 1; place >= 0; place--) {
      if (taken[place] === 1) next = this.#owner[place] as number;
      else this.#owner[place] = next;
    }
  }

  /** The index of the endpoint that owns what hashes to `hash`. */
  ownerOf(hash: number): number {
    return this.#owner[hash % ringSize] as number;
  }
}

function pointsOf(endpoint: string, index: number): Point[] {
  const bytes = Buffer.from(endpoint);
  const start = crc32(bytes, 0, bytes.length);
  const suffix = new Uint8Array(4);
  return Array.from({ length: pointsPerEndpoint }, (_, i) => {
    suffix[0] = i;
    const hash = crc32(suffix, 0, 4, start);
    return { position: hash % ringSize, hash, endpoint, index };
  });
}
