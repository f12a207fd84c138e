import type { Word64 } from '../../../otlp/view/word64.js';

/** `2023-11-14 22:13:20.123456789 +0000 UTC`, as Go prints it. */
export function timeText(nanos: Word64): string {
  if (nanos.isZero) return '1970-01-01 00:00:00 +0000 UTC';
  const total = nanos.toSignedBigInt();
  let seconds = total / 1_000_000_000n;
  let rest = total % 1_000_000_000n;
  if (rest < 0n) {
    rest += 1_000_000_000n;
    seconds -= 1n;
  }
  const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const fraction =
    rest === 0n
      ? ''
      : `.${String(rest)
          .padStart(9, '0')
          .replace(/(?<!0)0+$/, '')}`;
  return `${date}${fraction} +0000 UTC`;
}
