import { pieceBytes, type InPieces, type Work } from '../otlp/work.js';

/**
 * The work that one turn of the event loop may do: inflate, compress, validate, transcode or cut, all requests
 * together. Unit: the time in which the fastest codec makes one plain byte, about 1 ns, so that a turn has some
 * milliseconds of it. A slower codec counts each byte several times; its file has the number.
 */
export const perTurn: number = 2 << 20;
/** Bytes that are copied to new memory within a unit. */
export const copiedPerUnit = 2;

/**
 * Work up to here is small: it has a part of each turn for itself, so that the requests of most senders do not wait
 * behind the large ones of another.
 */
const smallWork = perTurn / 16;
const forSmall = perTurn / 4;

interface Waiting {
  readonly work: number;
  readonly go: () => void;
}

/** Work of one kind: what this turn still has for it, below 0 once more was found than was asked for. */
class Share {
  readonly whole: number;
  left: number;
  /** In order of arrival. */
  readonly waiting: Waiting[] = [];

  constructor(whole: number) {
    this.whole = whole;
    this.left = whole;
  }

  /** Whether the work is granted in this turn. More than a whole turn counts as one. */
  take(work: number): boolean {
    if (work > this.left && this.left < this.whole) return false;
    this.left -= work;
    schedule();
    return true;
  }
}

const small = new Share(forSmall);
const large = new Share(perTurn - forSmall);
let scheduled = false;
let underWay = 0;

/** Undefined when that much work may be done here and now, else a promise of the turn for it. */
export function turnFor(work: number): Promise<void> | undefined {
  const share = shareFor(work);
  if (share.waiting.length === 0 && share.take(work)) return undefined;
  // Time that no large work waits for serves small work as well, unless that took more than it asked for.
  const free = small.waiting.length === 0 && small.left >= 0 && large.waiting.length === 0;
  if (share === small && free && large.take(work)) return undefined;
  return new Promise((resolve) => {
    share.waiting.push({ work, go: resolve });
  });
}

/** Corrects what was asked for, in the same turn, once it is known what it took. */
export function correctTurn(asked: number, took: number): void {
  shareFor(asked).left += asked - took;
  schedule();
}

/** Does all of `work`, in as many turns of the event loop as it needs. Rejects with what `step` throws. */
export function inTurns(work: Work): Promise<void> {
  return resultInTurns(stepping(work));
}

function* stepping(work: Work): InPieces<void> {
  while (work.step()) yield;
}

/** The result of `work`, done in as many turns of the event loop as it needs. Rejects with what it throws. */
export async function resultInTurns<T>(work: InPieces<T>): Promise<T> {
  underWay++;
  try {
    for (;;) {
      const turn = turnFor(pieceBytes);
      if (turn) await turn;
      const began = performance.now();
      const { done, value } = work.next();
      correctTurn(pieceBytes, unitsSince(began));
      if (done === true) return value;
    }
  } finally {
    underWay--;
  }
}

/** Steps between two looks at the clock, and how long a piece of work made of them may take, milliseconds. */
const stepsPerLook = 16;
const pieceMs = 1;

/**
 * Ends pieces of work that are made of many small steps by the time they take: a step that has never run before takes
 * fifty times as long as one that V8 has compiled.
 */
export class PieceTime {
  #steps = 0;
  #began = 0;

  /** A piece begins. */
  begin(): void {
    this.#steps = 0;
    this.#began = performance.now();
  }

  /** A step was done: true when the piece should end. */
  isOver(): boolean {
    return ++this.#steps % stepsPerLook === 0 && performance.now() - this.#began >= pieceMs;
  }
}

/**
 * How many works are being done in turns, or wait for their turn: until there is none, what follows from them has not
 * happened.
 */
export function worksUnderWay(): number {
  return underWay + small.waiting.length + large.waiting.length;
}

/** A piece of nothing but tiny messages takes many times what one of usual messages does. */
function unitsSince(began: number): number {
  return (performance.now() - began) * 1e6;
}

function shareFor(work: number): Share {
  return work <= smallWork ? small : large;
}

/** Work that was granted counts until the turn of the event loop ends. */
function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(() => void nextTurn());
}

async function nextTurn(): Promise<void> {
  scheduled = false;
  small.left = small.whole;
  large.left = large.whole;
  await grant(small);
  await grant(large);
}

async function grant(share: Share): Promise<void> {
  for (let first = share.waiting[0]; first && share.take(first.work); first = share.waiting[0]) {
    share.waiting.shift();
    first.go();
    // It works now, and may take more than it asked for: the next one is granted what that leaves.
    await Promise.resolve();
  }
}
