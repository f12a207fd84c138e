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
  const { text } = source;
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const lineEnd = text.indexOf('\n', start);
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < lineStart; at = text.indexOf('\n', at + 1)) line++;
  return {
    line,
    column: start - lineStart + 1,
    text: text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd).trimEnd(),
  };
}
