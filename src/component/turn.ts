import { pieceBytes, type InPieces, type Work } from '../otlp/work.js';

/**
 * The work that one turn of the event loop may do: inflate, compress, validate, transcode or cut, all requests
 * together. Unit: the time in which the fastest codec makes one plain byte, about 1 ns, so that a turn has some
 * milliseconds of it; some twenty where validated bytes are nothing but tiny messages. A slower codec counts each byte
 * several times; its file has the number.
 */
export const perTurn: number = 2 << 20;
/** Bytes that are copied to new memory within a unit. */
export const copiedPerUnit = 2;

/** Work that one turn still has; below 0 once more was found than was asked for. */
let left = perTurn;
let scheduled = false;
/** In order of arrival. */
const waiting: { readonly work: number; readonly go: () => void }[] = [];

/**
 * Undefined when that much work may be done here and now, else a promise of the turn for it. More than a whole turn
 * counts as one.
 */
export function turnFor(work: number): Promise<void> | undefined {
  if (waiting.length === 0 && take(work)) return undefined;
  return new Promise((resolve) => {
    waiting.push({ work, go: resolve });
  });
}

/** Corrects what was asked for, in the same turn, once it is known what it took. */
export function correctTurn(asked: number, took: number): void {
  left += asked - took;
  schedule();
}

/** Does all of `work`, in as many turns of the event loop as it needs. Rejects with what `step` throws. */
export async function inTurns(work: Work): Promise<void> {
  do {
    const turn = turnFor(pieceBytes);
    if (turn) await turn;
  } while (work.step());
}

/** The result of `work`, done in as many turns of the event loop as it needs. Rejects with what it throws. */
export async function resultInTurns<T>(work: InPieces<T>): Promise<T> {
  for (;;) {
    const turn = turnFor(pieceBytes);
    if (turn) await turn;
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** Work that was granted counts until the turn of the event loop ends. */
function take(work: number): boolean {
  if (work > left && left < perTurn) return false;
  left -= work;
  schedule();
  return true;
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(() => void nextTurn());
}

async function nextTurn(): Promise<void> {
  scheduled = false;
  left = perTurn;
  for (let first = waiting[0]; first && take(first.work); first = waiting[0]) {
    waiting.shift();
    first.go();
    // It works now, and may take more than it asked for: the next one is granted what that leaves.
    await Promise.resolve();
  }
}
