/** An exposition that cannot be read. The whole scrape fails, as in Prometheus. */
export class ExpositionFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ExpositionFault';
  }
}

/** Characters of an exposition that a message shows. */
const mostShown = 60;

/** The beginning of `bytes[from, to)` in quotes. */
export function excerpt(bytes: Buffer, from: number, to: number): string {
  const end = Math.min(to, from + mostShown);
  return JSON.stringify(bytes.toString('utf8', from, end) + (end < to ? '...' : ''));
}
