import type { StatusEvent } from './status.js';

type Report = (event: StatusEvent) => void;

/**
 * The one status of a component that has several parts (backends, servers, files): a recoverable error while any part
 * has one. Also for a component that is several instances at once, one for each signal: all of them get its status.
 */
export class StatusParts {
  readonly #reports: Set<Report> = new Set();
  readonly #failing: Map<string, Error> = new Map();
  /** The message that was reported last; undefined while all is well. */
  #reported: string | undefined;

  /**
   * Reports here too from now on. `report` is that of the host that the component, or one instance of it, was started
   * with.
   */
  attach(report: Report): void {
    this.#reports.add(report);
    if (this.#reported !== undefined) report({ status: 'recoverable_error', error: new Error(this.#reported) });
  }

  /** The reporter of the part `name`; the name stands before its errors, unless it is empty. */
  part(name: string): Report {
    return (event) => {
      if (event.status === 'recoverable_error') this.#failing.set(name, event.error);
      else if (event.status === 'ok') this.#failing.delete(name);
      else return this.#all(event);
      this.#joined();
    };
  }

  /** The part is no longer one. */
  remove(name: string): void {
    if (this.#failing.delete(name)) this.#joined();
  }

  #joined(): void {
    const [first] = this.#failing;
    const more = this.#failing.size - 1;
    const message =
      first && `${first[0] === '' ? '' : `${first[0]}: `}${first[1].message}${more > 0 ? ` (and ${more} more)` : ''}`;
    if (message === this.#reported) return;
    this.#reported = message;
    this.#all(message === undefined ? { status: 'ok' } : { status: 'recoverable_error', error: new Error(message) });
  }

  #all(event: StatusEvent): void {
    for (const report of this.#reports) report(event);
  }
}
