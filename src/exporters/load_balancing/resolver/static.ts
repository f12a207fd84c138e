import type { SignalContext } from '../../../component/define.js';
import { resolutions } from '../telemetry.js';
import { sorted, type Resolver, type Use } from './resolver.js';

/** A list that never changes. */
export class StaticResolver implements Resolver {
  readonly name = 'static';
  readonly confirmedAt = undefined;
  readonly #endpoints: readonly string[];
  readonly #context: SignalContext;

  constructor(endpoints: readonly string[], context: SignalContext) {
    this.#endpoints = sorted(endpoints);
    this.#context = context;
  }

  async start(use: Use): Promise<void> {
    this.#context.meter.counter(resolutions, { resolver: this.name, success: true }).add(1);
    await use(this.#endpoints);
  }

  stop(): void {}
}
