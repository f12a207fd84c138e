/** Bytes of one event: twice of what etcd stores for an object. */
const longestLine = 3 << 20;

/** The lines of a body that comes in pieces. Throws when one is longer than any object of the API. */
export async function* linesOf(body: AsyncIterable<Uint8Array>, longest: number = longestLine): AsyncGenerator<Buffer> {
  let pieces: Uint8Array[] = [];
  let held = 0;
  const taken = (): Buffer => {
    const line = Buffer.concat(pieces, held);
    pieces = [];
    held = 0;
    return line;
  };
  for await (const piece of body) {
    let from = 0;
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, from)) {
      pieces.push(piece.subarray(from, end));
      held += end - from;
      from = end + 1;
      const line = taken();
      if (line.some((byte) => byte > 32)) yield line;
    }
    if (from === piece.length) continue;
    // A copy: the piece is larger than its rest, and may be used again.
    pieces.push(Uint8Array.from(piece.subarray(from)));
    held += piece.length - from;
    if (held > longest) throw new Error(`an event is longer than ${longest} bytes`);
  }
  if (held > 0) yield taken();
}
