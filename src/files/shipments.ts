import type { Logger } from '../component/telemetry.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { Ended } from '../intake/request-state.js';
import type { Batch } from '../otlp/batch.js';
import type { ReadProgress, TrackedFile } from './tracked-file.js';

/** Batches that may be on their way at once. */
const mostAtOnce = 4;

/** How far a file is done with once a batch was accepted, and all before it. */
export interface ReadMark {
  readonly file: TrackedFile;
  readonly epoch: number;
  readonly progress: ReadProgress;
}

interface Shipment {
  readonly marks: readonly ReadMark[];
  isDone: boolean;
}

export interface ShipmentParts {
  /** Hands a batch to the pipelines. Never rejects. */
  submit(batch: Batch): Promise<Ended>;
  /** Whether the pipelines have refused something that is to be handed on again. */
  isRefused(): boolean;
  /** Whether what the pipelines refuse for now stays unread: it is read again after a restart. */
  isStopping(): boolean;
  /** A file is done with up to its new `done`. */
  advanced(file: TrackedFile): void;
  readonly logger: Logger;
}

/**
 * Batches on their way to the pipelines, in the order of their lines. A file is done with up to some line only when the
 * batches of all lines before were accepted, or refused for good.
 */
export class Shipments {
  readonly #parts: ShipmentParts;
  readonly #queue: Shipment[] = [];
  readonly #waiting: (() => void)[] = [];
  #onTheWay = 0;
  /** A batch was not accepted, and will not be in this run: nothing behind it counts. */
  #isBroken = false;

  constructor(parts: ShipmentParts) {
    this.#parts = parts;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** Sends a batch; `undefined`: all lines of it were left out. Resolves once it is on its way. */
  async ship(batch: Batch | undefined, marks: readonly ReadMark[]): Promise<void> {
    const shipment: Shipment = { marks, isDone: batch === undefined };
    this.#queue.push(shipment);
    if (batch === undefined) {
      this.#settle();
      return;
    }
    while (this.#onTheWay >= mostAtOnce || (this.#onTheWay > 0 && this.#parts.isRefused())) await this.#change();
    this.#onTheWay++;
    void this.#send(shipment, batch);
  }

  /** Resolves when nothing is on its way. */
  async idle(): Promise<void> {
    while (this.#queue.length > 0 && !this.#isBroken) await this.#change();
  }

  async #send(shipment: Shipment, batch: Batch): Promise<void> {
    const ended = await this.#parts.submit(batch);
    this.#onTheWay--;
    if (ended.step === 'accepted' || this.#isGivenUp(ended.refusal, batch.itemCount)) shipment.isDone = true;
    else this.#isBroken = true;
    this.#settle();
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Whether records that were refused are lost; otherwise they are read again. */
  #isGivenUp(refusal: Extract<Ended, { step: 'refused' }>['refusal'], records: number): boolean {
    const error = refusal.kind === 'pipeline' ? refusal.error : undefined;
    const isPermanent = error instanceof DeliveryError && error.class === 'permanent';
    if (!isPermanent && this.#parts.isStopping()) return false;
    this.#parts.logger.error('The pipelines refused records for good; they are dropped.', { records, error });
    return true;
  }

  #settle(): void {
    while (this.#queue[0]?.isDone === true) {
      for (const { file, epoch, progress } of this.#queue.shift()?.marks ?? []) {
        if (file.epoch !== epoch) continue;
        file.done = progress;
        this.#parts.advanced(file);
      }
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }
}
