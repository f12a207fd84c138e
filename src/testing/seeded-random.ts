import type { Random } from '../component/clock.js';

/** The same numbers in [0, 1) at every run, evenly spread (Weyl sequence through a 32-bit mixer). */
export function seededRandom(): Random {
  let state = 0;
  return () => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0_aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 0x1_0000_0000;
  };
}
