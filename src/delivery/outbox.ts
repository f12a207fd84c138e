import { emptyContext } from '../component/consumer.js';
import { resultInTurns } from '../component/turn.js';
import type { Batch } from '../otlp/batch.js';
import type { InPieces } from '../otlp/work.js';
import { Acknowledged, type AcknowledgedParts } from './acknowledged.js';

/** Batches that the next component may have at a time. */
const mostUnderWay = 8;

export interface OutboxParts extends AcknowledgedParts {
  /** Makes the next batch, which is owned here then; undefined when there is none. */
  make(): Batch | undefined;
}

/**
 * Hands on batches whose senders were answered before, several at a time. A batch is made when it can be handed on, so
 * that what waits stays where it is, under its own bound.
 */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #acknowledged: Acknowledged;
  #underWay = 0;
  #isPumping = false;
  #whenIdle: (() => void)[] = [];

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#acknowledged = new Acknowledged(parts);
  }

  /** There may be something to hand on. */
  pump(): void {
    if (this.#isPumping || this.#underWay === mostUnderWay) return;
    this.#isPumping = true;
    void resultInTurns(this.#pumping());
  }

  /** Resolves when there is nothing to hand on, and nothing under way. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve);
      this.pump();
    });
  }

  /** A batch is a piece of work, so that the next component's part in it counts as well. */
  *#pumping(): InPieces<void> {
    for (; this.#underWay < mostUnderWay; yield) {
      const batch = this.#parts.make();
      if (!batch) break;
      this.#underWay++;
      void this.#acknowledged.handOn(batch, emptyContext).then(() => {
        this.#underWay--;
        this.pump();
      });
    }
    this.#isPumping = false;
    if (this.#underWay === 0) for (const idle of this.#whenIdle.splice(0)) idle();
  }
}
