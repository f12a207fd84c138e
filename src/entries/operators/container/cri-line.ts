const space = 0x20;
const letterZ = 0x5a;
const streamLength = 6;

/**
 * A line of the Container Runtime Interface where it lies in the bytes: `TIME STREAM TAG MESSAGE`. Makes nothing.
 */
export class CriLine {
  timeEnd = 0;
  stream: 'stdout' | 'stderr' = 'stdout';
  tagStart = 0;
  tagEnd = 0;
  messageStart = 0;
  /** Whether the time ends with the letter Z, as containerd writes it; cri-o writes an offset. */
  isUtc = false;

  /** False when `bytes[from, to)` is no such line. */
  read(bytes: Buffer, from: number, to: number): boolean {
    const first = endOfTime(bytes, from, to);
    if (first === from || bytes[first] !== space || first >= to) return false;
    this.isUtc = bytes[first - 1] === letterZ;
    if (this.isUtc && first - 1 === from) return false;
    const streamEnd = first + 1 + streamLength;
    if (streamEnd >= to || bytes[streamEnd] !== space) return false;
    if (isStream(bytes, first + 1, outLetters)) this.stream = 'stdout';
    else if (isStream(bytes, first + 1, errLetters)) this.stream = 'stderr';
    else return false;
    this.timeEnd = first;
    this.tagStart = streamEnd + 1;
    let end = this.tagStart;
    while (end < to && bytes[end] !== space) end++;
    this.tagEnd = end;
    this.messageStart = end < to ? end + 1 : end;
    const newline = bytes.indexOf(0x0a, this.tagStart);
    return newline < 0 || newline >= to;
  }
}

const outLetters = Buffer.from('stdout');
const errLetters = Buffer.from('stderr');

function isStream(bytes: Buffer, at: number, letters: Buffer): boolean {
  for (let i = 0; i < streamLength; i++) if (bytes[at + i] !== letters[i]) return false;
  return true;
}

/** The space behind the time, in which the letter Z stands at the end alone. */
function endOfTime(bytes: Buffer, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    if (bytes[at] === space) return at;
    if (bytes[at] === letterZ) return at + 1;
  }
  return to;
}
