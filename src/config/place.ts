/** A piece of configuration text: a file, an environment variable, a `--set`. */
export interface Source {
  /** As shown to the user: `gateway.yaml`, `${env:PORT}`, `--set a.b=c`. */
  readonly name: string;
  readonly text: string;
}

/** Where something stands in a source. `start` and `length` count UTF-16 units of its text. */
export interface Place {
  readonly source: Source;
  readonly start: number;
  readonly length: number;
}

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** The whole line. */
  readonly text: string;
}

export function positionOf({ source, start }: Place): Position {
  const starts = lineStarts(source);
  let low = 0;
  for (let high = starts.length; high - low > 1;) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= start) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: start - (starts[low] ?? 0) + 1, text: lineOf(source, low + 1) };
}

/** A line by its number from 1; empty for one that is not there. */
export function lineOf(source: Source, line: number): string {
  const starts = lineStarts(source);
  const from = starts[line - 1];
  return from === undefined ? '' : source.text.slice(from, (starts[line] ?? source.text.length + 1) - 1).trimEnd();
}

/** Found once, as one source may have many faults. */
const known: WeakMap<Source, readonly number[]> = new WeakMap();

/** The offset of each line. */
function lineStarts(source: Source): readonly number[] {
  const found = known.get(source);
  if (found) return found;
  const starts = [0];
  for (let at = source.text.indexOf('\n'); at !== -1; at = source.text.indexOf('\n', at + 1)) starts.push(at + 1);
  known.set(source, starts);
  return starts;
}
