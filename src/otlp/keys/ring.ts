import { crc32 } from './crc32.js';

/** How a generation of the Collector builds its ring (docs/spec/gateway.md#ring). */
interface Generation {
  readonly size: number;
  readonly pointsPerEndpoint: number;
  /** Bytes of a point's number behind the endpoint. */
  readonly suffix: 1 | 4;
  /** A point whose place is taken moves on, over this many places in all; then it is dropped. */
  readonly probes: number;
  /** Points are placed in the order of their positions, or endpoint by endpoint, which favours the first. */
  readonly byPosition: boolean;
}

const generations: Readonly<Record<RingVersion, Generation>> = {
  1: { size: 36_000, pointsPerEndpoint: 100, suffix: 1, probes: 1, byPosition: false },
  2: { size: 36_000, pointsPerEndpoint: 100, suffix: 4, probes: 10, byPosition: false },
  // A prime just below 2^17, because CRC-32 spreads badly over powers of two.
  3: { size: 131_071, pointsPerEndpoint: 200, suffix: 4, probes: 10, byPosition: true },
};

/** 1: Collectors up to v0.129; 2: v0.130 to v0.156; 3: since v0.157. */
export type RingVersion = 1 | 2 | 3;

interface Point {
  readonly position: number;
  readonly hash: number;
  readonly endpoint: string;
  readonly index: number;
}

/**
 * The Collector's ring: the same endpoints give the same ring here and there, so that tiers of both agree. The owner of
 * every position is written down, which makes a lookup one read.
 */
export class Ring {
  readonly endpoints: readonly string[];
  readonly #size: number;
  readonly #owner: Uint16Array;

  /** `endpoints` as the resolver gave them, sorted; at most 65,535. An empty ring owns nothing. */
  constructor(endpoints: readonly string[], version: RingVersion = 3) {
    const generation = generations[version];
    const { size, probes } = generation;
    this.endpoints = endpoints;
    this.#size = size;
    this.#owner = new Uint16Array(size);
    const points = endpoints.flatMap((endpoint, index) => pointsOf(endpoint, index, generation));
    if (generation.byPosition)
      points.sort(
        (a, b) =>
          a.position - b.position ||
          a.hash - b.hash ||
          (a.endpoint < b.endpoint ? -1 : a.endpoint > b.endpoint ? 1 : a.index - b.index),
      );
    const taken = new Uint8Array(size);
    for (const { position, index } of points) {
      for (let i = 0; i < probes; i++) {
        const place = (position + i) % size;
        if (taken[place] === 1) continue;
        taken[place] = 1;
        this.#owner[place] = index;
        break;
      }
    }
    // Every position belongs to the first point at or after it; the last ones wrap around to the first point.
    let next = this.#owner[taken.indexOf(1)] ?? 0;
    for (let place = size - 1; place >= 0; place--) {
      if (taken[place] === 1) next = this.#owner[place] as number;
      else this.#owner[place] = next;
    }
  }

  /** The index of the endpoint that owns what hashes to `hash`. */
  ownerOf(hash: number): number {
    return this.#owner[hash % this.#size] as number;
  }
}

function pointsOf(endpoint: string, index: number, { size, pointsPerEndpoint, suffix }: Generation): Point[] {
  const bytes = Buffer.from(endpoint);
  const start = crc32(bytes, 0, bytes.length);
  const number = new Uint8Array(suffix);
  return Array.from({ length: pointsPerEndpoint }, (_, i) => {
    number[0] = i;
    const hash = crc32(number, 0, suffix, start);
    return { position: hash % size, hash, endpoint, index };
  });
}
