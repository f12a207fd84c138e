import { ConfigValueError } from '../component/config-value-error.js';
import type { Configured } from '../config/checked.js';
import { ConfigError, type Fault } from '../config/fault.js';

/** A component that is being created. */
export interface Creation {
  /** Begins its message: `failed to create "x" exporter for data type "traces"`. */
  readonly what: string;
  readonly configured: Configured<unknown>;
}

/** Gathers what keeps components from being created, so that all of it is reported at once. */
export class CreationFaults {
  readonly #faults: Fault[] = [];
  /** Faults that are there already: a component is created for each of its signals. */
  readonly #known: Set<string> = new Set();

  /** The component, or undefined when it could not be created. */
  async created<T>(creation: Creation, create: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await create();
    } catch (error) {
      for (const each of error instanceof ConfigValueError ? [error, ...error.others] : [error as Error])
        this.#add(creation, each);
      return undefined;
    }
  }

  /** Throws when a component could not be created. */
  throwAny(): void {
    if (this.#faults.length > 0) throw new ConfigError(this.#faults);
  }

  #add({ what, configured }: Creation, error: Error): void {
    const { path, hint, at } = error instanceof ConfigValueError ? error : { path: [], hint: undefined, at: undefined };
    const fault = configured.fault(path, `${what}: ${error.message}`, hint, at);
    const key = `${fault.path} ${error.message}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.#faults.push(fault);
  }
}
