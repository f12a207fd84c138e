import fc from 'fast-check';

/** Bytes of many natures: noise, few letters, runs, copies from near and far, skewed frequencies. */
export const plainBytes: fc.Arbitrary<Buffer> = fc
  .record({
    nature: fc.constantFrom('noise', 'letters', 'runs', 'copies', 'skewed'),
    size: fc.oneof(fc.nat(600), fc.nat(70_000)),
    seed: fc.integer({ min: 1 }),
  })
  .map(({ nature, size, seed }) => {
    let state = seed | 0 || 1;
    const random = (below: number): number => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % below;
    };
    const out = Buffer.alloc(size);
    for (let i = 0; i < size;) {
      const run = nature === 'runs' ? 1 + random(random(4) === 0 ? 700 : 20) : 1;
      const value =
        nature === 'letters' ? 97 + random(36) : nature === 'skewed' ? Math.clz32(random(2 ** 31) + 1) : random(256);
      if (nature === 'copies' && i > 0 && random(3) > 0) {
        const from = i - 1 - random(Math.min(i, random(2) === 0 ? 60 : 40_000));
        for (let end = Math.min(size, i + 3 + random(300)), k = from; i < end; i++, k++) out[i] = out[k] as number;
        continue;
      }
      out.fill(value, i, Math.min(size, i + run));
      i += run;
    }
    return out;
  });

/** A place in a body, and what happens to it there. */
export interface Spot {
  readonly at: number;
  readonly to: number;
  readonly how: 'set' | 'flip' | 'cut' | 'insert';
}

/** Damage of a body. */
export const spots: fc.Arbitrary<Spot[]> = fc.array(
  fc.record({ at: fc.nat(), to: fc.nat(255), how: fc.constantFrom('set', 'flip', 'cut', 'insert') }),
  { minLength: 1, maxLength: 4 },
);

/** A copy of a body with that damage. */
export function spoil(bytes: Uint8Array, damage: readonly Spot[]): Buffer {
  let body = Buffer.from(bytes);
  for (const { at, to, how } of damage) {
    const place = at % Math.max(1, body.length);
    if (how === 'set') body[place] = to;
    else if (how === 'flip') body[place] = (body[place] ?? 0) ^ (1 << (to % 8));
    else if (how === 'cut') body = body.subarray(0, place);
    else body = Buffer.concat([body.subarray(0, place), Buffer.from([to]), body.subarray(place)]);
  }
  return body;
}
