import type { PartialListener } from '../component/consumer.js';
import { keepShape } from '../runtime/memory/kept-shape.js';

/** Characters of backends' messages that a sender receives. */
const mostMessage = 1024;

/** The answer to an accepted request about items that backends rejected (partial success). */
export class PartialOutcome implements PartialListener {
  /** Empty: nothing was rejected, or without a reason. */
  message = '';
  readonly #items: number;
  #rejected = 0;
  #heard = false;

  /** @param items - of the request */
  constructor(items: number) {
    this.#items = items;
  }

  rejected(items: number, message: string): void {
    this.#heard = true;
    // Several exporters can reject the same item.
    this.#rejected = Math.min(this.#items, this.#rejected + items);
    if (message !== '' && !this.message.includes(message))
      this.message = `${this.message}${this.message === '' ? '' : '; '}${message}`.slice(0, mostMessage);
  }

  /** There is something to tell. */
  get heard(): boolean {
    return this.#heard;
  }

  get rejectedItems(): number {
    return this.#rejected;
  }
}

keepShape(new PartialOutcome(0));
