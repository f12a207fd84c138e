import { pieceBytes, type Work } from '../otlp/work.js';

/**
 * Bytes that one turn of the event loop may work on: inflate, compress, validate, transcode or cut, all requests
 * together. It takes some milliseconds, some twenty where the bytes are nothing but tiny messages.
 */
export const perTurn: number = 2 << 20;

let left = perTurn;
let scheduled = false;
/** In order of arrival. */
const waiting: { readonly bytes: number; readonly go: () => void }[] = [];

/**
 * Undefined when that number of bytes, at most `perTurn`, may be worked on here and now; else when it is their turn.
 */
export function turnFor(bytes: number): Promise<void> | undefined {
  if (waiting.length === 0 && take(bytes)) return undefined;
  return new Promise((resolve) => {
    waiting.push({ bytes, go: resolve });
  });
}

/** Does all of `work`, in as many turns of the event loop as it needs. Rejects with what `step` throws. */
export async function inTurns(work: Work): Promise<void> {
  do {
    const turn = turnFor(pieceBytes);
    if (turn) await turn;
  } while (work.step());
}

/** Work that was granted counts until the turn of the event loop ends. */
function take(bytes: number): boolean {
  if (bytes > left) return false;
  left -= bytes;
  if (!scheduled) {
    scheduled = true;
    setImmediate(nextTurn);
  }
  return true;
}

function nextTurn(): void {
  scheduled = false;
  left = perTurn;
  for (let first = waiting[0]; first && take(first.bytes); first = waiting[0]) {
    waiting.shift();
    first.go();
  }
}
