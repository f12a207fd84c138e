import { cancelMessage, unlessCancelled, type CancelSignal } from '../../component/cancellation.js';
import type { MadeBytes } from '../../component/made-room.js';
import { resultInTurns } from '../../component/turn.js';
import { cancelled } from '../../delivery/send.js';
import type { Batch } from '../../otlp/batch.js';
import type { InPieces } from '../../otlp/work.js';
import type { EntryOutput } from './output.js';
import { textPieces, type Shown } from './text/pieces.js';

/** A text up to this length is one entry, characters: more than a request of 4 MiB with ordinary spans has. */
const mostInOne = 8 * 2 ** 20;
/** Bytes of memory that a character takes, at most twice at a time. */
const perCharacter = 2;
/** The length of the parts behind it. */
const partLength = 256 * 1024;

/**
 * Writes the text of a large batch, made in as many turns of the event loop as it needs. A text of ordinary length is
 * one entry. A longer one is written in parts, each once the output has taken those before it. Its room is `made`'s.
 * `begin` is called before the first text is written. Rejects when `signal` is cancelled.
 */
export async function writeLongText(
  output: EntryOutput,
  batch: Batch,
  shown: Shown,
  signal: CancelSignal,
  made: MadeBytes,
  begin: () => void,
): Promise<void> {
  const pieces = textPieces(batch, shown);
  for (let number = 1; ; number++) {
    const { text, isLast } = await resultInTurns(
      collected(pieces, number === 1 ? mostInOne : partLength, made, signal),
    );
    const { cancelledBy } = signal;
    if (cancelledBy !== undefined) {
      const end = `... the rest is left out: ${cancelMessage(cancelledBy)}\n`;
      if (number > 1) output.writePart(`${text}\n${end}`, number, true);
      throw cancelled(cancelledBy);
    }
    if (number === 1) begin();
    if (number === 1 && isLast) output.write(text, {});
    else output.writePart(text, number, isLast);
    if (isLast) return;
    const room = output.room();
    // Whether it was cancelled is seen above.
    if (room) await unlessCancelled(room, signal).catch(() => {});
  }
}

/** Joins pieces until they have about `most` characters, come to an end, or are wanted no more. */
function* collected(
  pieces: Iterator<string, void, undefined>,
  most: number,
  made: MadeBytes,
  signal: CancelSignal,
): InPieces<{ readonly text: string; readonly isLast: boolean }> {
  const held: string[] = [];
  for (let length = 0; length < most && !signal.aborted;) {
    const { done, value } = pieces.next();
    if (done === true) return { text: held.join(''), isLast: true };
    held.push(value);
    length += value.length;
    // One text at a time is in work, which goes on where no room is left.
    made.fits(length * perCharacter);
    yield;
  }
  return { text: held.join(''), isLast: false };
}
