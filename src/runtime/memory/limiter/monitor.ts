import type { Clock } from '../../../component/clock.js';
import type { Host } from '../../../component/lifecycle.js';
import type { StatusEvent } from '../../../component/status.js';
import { StatusParts } from '../../../component/status-parts.js';
import type { Logger } from '../../../component/telemetry.js';
import type { MemoryLimits } from './options.js';
import type { Memory } from './usage.js';

const mib = 1024 * 1024;

export interface ByteLimits {
  readonly hard: number;
  readonly soft: number;
}

/** Limits in bytes; `total` is the memory that percentages are of. */
export function limitsOf(config: MemoryLimits, total: number): ByteLimits {
  const byMib = config.limit_mib > 0;
  const hard = byMib ? config.limit_mib * mib : Math.floor((total * config.limit_percentage) / 100);
  const given = byMib ? config.spike_limit_mib * mib : Math.floor((total * config.spike_limit_percentage) / 100);
  return { hard, soft: hard - (given > 0 ? given : Math.floor(hard / 5)) };
}

/** The share of memory that a collection has to free to be worth another one soon. */
const worthwhile = 0.05;

/** Measures the memory at an interval for all that share one configuration, and says whether data is to be refused. */
export class Monitor {
  refusing = false;
  readonly #config: MemoryLimits;
  readonly #limits: ByteLimits;
  readonly #memory: Memory;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #status: StatusParts = new StatusParts();
  readonly #report: (event: StatusEvent) => void = this.#status.part('');
  #users = 0;
  #stop: (() => void) | undefined;
  #lastGc: number;
  #backoff: { soft: number; hard: number } = { soft: 0, hard: 0 };

  constructor(config: MemoryLimits, limits: ByteLimits, memory: Memory, clock: Clock, logger: Logger) {
    this.#config = config;
    this.#limits = limits;
    this.#memory = memory;
    this.#clock = clock;
    this.#logger = logger;
    this.#lastGc = clock.now();
  }

  start(host: Host): void {
    this.#status.attach((event) => host.report(event));
    if (this.#users++ > 0) return;
    const inMib = (bytes: number): number => Math.floor(bytes / mib);
    this.#logger.info('Memory limiter configured', {
      limit_mib: inMib(this.#limits.hard),
      spike_limit_mib: inMib(this.#limits.hard - this.#limits.soft),
      check_interval: this.#config.check_interval / 1000,
    });
    this.#schedule();
  }

  stop(): void {
    if (this.#users === 0 || --this.#users > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  #schedule(): void {
    this.#stop = this.#clock.after(this.#config.check_interval, () => {
      this.#schedule();
      this.check();
    });
  }

  /**
   * docs/spec/core.md#memory-limiter: above a limit garbage is collected first, if not done too lately; what is still
   * above the soft limit refuses data.
   */
  check(): void {
    let used = this.#memory.used();
    this.#logger.debug('Currently used memory.', fields(used));
    if (used >= this.#limits.soft) used = this.#collect(used);
    else this.#backoff = { soft: 0, hard: 0 };

    const above = used >= this.#limits.soft;
    if (above === this.refusing) return;
    this.refusing = above;
    if (above) {
      this.#logger.warn('Memory usage is above soft limit. Refusing data.', fields(used));
      this.#report({
        status: 'recoverable_error',
        error: new Error('Memory usage is above soft limit. Refusing data.'),
      });
    } else {
      this.#logger.info('Memory usage back within limits. Resuming normal operation.', fields(used));
      this.#report({ status: 'ok' });
    }
  }

  #collect(used: number): number {
    const config = this.#config;
    const hard = used >= this.#limits.hard;
    const interval = hard
      ? Math.max(config.min_gc_interval_when_hard_limited, this.#backoff.hard)
      : Math.max(config.min_gc_interval_when_soft_limited, this.#backoff.soft);
    if (this.#clock.now() - this.#lastGc <= interval) return used;
    if (hard) this.#logger.warn('Memory usage is above hard limit. Forcing a GC.', fields(used));
    else this.#logger.info('Memory usage is above soft limit. Forcing a GC.', fields(used));
    this.#memory.collect();
    this.#lastGc = this.#clock.now();
    const after = this.#memory.used();
    this.#logger.info('Memory usage after GC.', fields(after));
    if (after < this.#limits.soft || used - after >= used * worthwhile) {
      this.#backoff = { soft: 0, hard: 0 };
      return after;
    }
    this.#logger.warn(
      'Forced GC did not reclaim enough memory. Will back off GC frequency to preserve CPU for recovery.',
      fields(after),
    );
    this.#backoff = {
      soft: this.#longer(
        this.#backoff.soft,
        config.min_gc_interval_when_soft_limited,
        config.max_gc_interval_when_soft_limited,
      ),
      hard: this.#longer(
        this.#backoff.hard,
        config.min_gc_interval_when_hard_limited,
        config.max_gc_interval_when_hard_limited,
      ),
    };
    return after;
  }

  #longer(current: number, min: number, max: number): number {
    if (max === 0) return min;
    const base = Math.max(min, 0.95 * this.#config.check_interval);
    return Math.min(2 * Math.max(current, base), Math.max(max, min));
  }
}

function fields(bytes: number): { cur_mem_mib: number } {
  return { cur_mem_mib: Math.floor(bytes / mib) };
}
