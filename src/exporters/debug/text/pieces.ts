import type { Batch } from '../../../otlp/batch.js';
import type { Signal } from '../../../otlp/signal.js';
import { writeDetailed } from './detailed.js';
import { writeNormal } from './normal.js';
import { TextPage, type Writing } from './text-page.js';

/** Characters of a piece, about. */
export const pieceLength: number = 64 * 1024;
/** Characters of the text of one batch, about; of some requests it would be a hundred times as long as they are. */
const mostLength = 256 * 2 ** 20;

export type Shown = 'normal' | 'detailed';

const unitNames: Readonly<Record<Signal, string>> = {
  traces: 'spans',
  metrics: 'data points',
  logs: 'log records',
  profiles: 'samples',
};

function write(page: TextPage, batch: Batch, shown: Shown): Writing {
  return shown === 'normal' ? writeNormal(page, batch) : writeDetailed(page, batch);
}

/** The whole text of a batch, unless it is longer than a piece. */
export function shortText(batch: Batch, shown: Shown): string | undefined {
  const page = new TextPage(pieceLength);
  if (write(page, batch, shown).next().done !== true) return undefined;
  let text = '';
  while (!page.isEmpty) text += page.take();
  return text;
}

/**
 * The text of a batch in pieces, each of them made within few milliseconds. They end where a line does unless it is
 * very long, and may be empty. Characters beyond `most` are left out, which the end of the text then says.
 */
export function* textPieces(
  batch: Batch,
  shown: Shown,
  page: TextPage = new TextPage(pieceLength),
  most: number = mostLength,
): Generator<string, void, undefined> {
  const writing = write(page, batch, shown);
  let length = 0;
  let lastCharacter = '';
  const take = (): string => {
    const piece = page.take();
    length += piece.length;
    lastCharacter = piece.at(-1) ?? lastCharacter;
    return piece;
  };
  for (let done = false; !done;) {
    done = writing.next().done === true;
    do yield take();
    while (page.isFull || (done && !page.isEmpty));
    if (length < most || done) continue;
    const rest = take();
    const left = `${batch.itemCount - page.shown} of ${batch.itemCount} ${unitNames[batch.signal]} are left out`;
    yield `${rest}${lastCharacter === '\n' ? '' : '\n'}... ${left}: the text is too long\n`;
    return;
  }
}
