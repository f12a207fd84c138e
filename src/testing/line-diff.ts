/** Cells of the table of common lines; above it what differs is shown as one block. */
const maxCells = 4_000_000;
/** Lines shown around a change. */
const around = 3;

interface Line {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/** The lines of a text that go (`- `), come (`+ `) and stand around them, in order; empty for equal texts. */
export function lineDiff(before: string, after: string): string[] {
  const lines = compared(before.trimEnd().split('\n'), after.trimEnd().split('\n'));
  const near = new Uint8Array(lines.length);
  lines.forEach(({ sign }, i) => {
    if (sign !== ' ') near.fill(1, Math.max(0, i - around), i + around + 1);
  });
  return lines.flatMap(({ sign, text }, i) => {
    if (near[i] === 1) return [`${sign} ${text}`];
    return near[i - 1] === 1 && near.includes(1, i) ? ['  ...'] : [];
  });
}

function compared(before: readonly string[], after: readonly string[]): Line[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const same = (text: string): Line => ({ sign: ' ', text });
  return [
    ...before.slice(0, start).map(same),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

function middle(before: readonly string[], after: readonly string[]): Line[] {
  const gone = (text: string): Line => ({ sign: '-', text });
  const came = (text: string): Line => ({ sign: '+', text });
  const width = after.length + 1;
  if ((before.length + 1) * width > maxCells) return [...before.map(gone), ...after.map(came)];
  // The most lines that the rests of both have in common.
  const common = new Uint32Array((before.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      common[i * width + j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ sign: ' ', text: before[i] ?? '' });
      i++;
      j++;
    } else if (j >= after.length || (i < before.length && at(i + 1, j) >= at(i, j + 1)))
      lines.push(gone(before[i++] ?? ''));
    else lines.push(came(after[j++] ?? ''));
  }
  return lines;
}
