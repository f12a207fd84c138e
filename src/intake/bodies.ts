import type { Clock } from '../component/clock.js';
import { guard } from '../component/fault.js';
import type { Admission, Reservation, ConnectionShare } from './admission.js';

/** How often bodies that are under way are checked, milliseconds. Limits of time are kept to this. */
const checkEveryMs = 1000;
/**
 * A body brings at least this many bytes in each period, or its rest. The slowest sender that is let in is one of 136
 * bytes per second; one that only wants to hold memory has to pay for it in bytes.
 */
const leastBytes = 4096;
const periodMs = 30_000;
/** Counted in checks and not by the clock, so that a process that stood still does not blame its senders. */
const periodChecks = periodMs / checkEveryMs;

/** Why the reception of a body is ended by us. */
export type Cut = 'deadline_exceeded' | 'too_slow' | 'no_memory';

/** A body that is being received. */
export interface IncomingBody {
  readonly reservation: Reservation;
  /** Bytes that have arrived. */
  readonly size: number;
  /** In `Clock.now()` milliseconds; undefined for none. */
  readonly deadline: number | undefined;
  /** Ends the reception and releases its memory, before it returns. */
  cut(why: Cut): void;
}

/** How far a body was at a check. */
interface Mark {
  size: number;
  check: number;
}

/**
 * All bodies that the process is receiving: bounds their time, and makes room for a connection that holds less memory
 * than another one.
 */
export class Bodies {
  readonly #clock: Clock;
  /** Undefined until the first check that sees the body. */
  readonly #all: Map<IncomingBody, Mark | undefined> = new Map();
  readonly #cut: (body: IncomingBody, why: Cut) => void = guard(
    'body that is cut',
    (body: IncomingBody, why: Cut) => body.cut(why),
    () => {},
  );
  #checks = 0;
  #scheduled = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those that share an admission share their time and memory. */
  static of(admission: Admission, clock: Clock): Bodies {
    let bodies = known.get(admission);
    if (!bodies) known.set(admission, (bodies = new Bodies(clock)));
    return bodies;
  }

  begin(body: IncomingBody): void {
    this.#all.set(body, undefined);
    if (!this.#scheduled) this.#schedule();
  }

  /** The body is complete, or will never be. */
  end(body: IncomingBody): void {
    this.#all.delete(body);
  }

  /**
   * Reserves memory for a connection by ending bodies of the connections that hold the most: while they hold more than
   * that connection then does. A connection may hold all that nobody else asks for.
   */
  makeRoom(asking: ConnectionShare, bytes: number, reserve: () => boolean): boolean {
    for (;;) {
      const victim = this.#heaviest(asking, asking.held + bytes);
      if (!victim) return false;
      this.#all.delete(victim);
      victim.reservation.end();
      this.#cut(victim, 'no_memory');
      if (reserve()) return true;
    }
  }

  /** The largest body of the connection that holds the most, if that is more than `bound`. */
  #heaviest(asking: ConnectionShare, bound: number): IncomingBody | undefined {
    let found: IncomingBody | undefined;
    for (const body of this.#all.keys()) {
      const { share, bytes } = body.reservation;
      if (!share || share === asking || share.held <= bound || bytes === 0) continue;
      const before = found?.reservation;
      const held = before?.share?.held ?? 0;
      if (share.held > held || (share.held === held && bytes > (before?.bytes ?? 0))) found = body;
    }
    return found;
  }

  #schedule(): void {
    this.#scheduled = true;
    this.#clock.after(checkEveryMs, () => {
      this.#scheduled = false;
      this.#check();
      if (this.#all.size > 0) this.#schedule();
    });
  }

  #check(): void {
    this.#checks++;
    const now = this.#clock.now();
    for (const [body, mark] of this.#all) {
      const { size, deadline } = body;
      if (deadline !== undefined && now >= deadline) this.#end(body, 'deadline_exceeded');
      else if (!mark) this.#all.set(body, { size, check: this.#checks });
      else if (size - mark.size >= leastBytes) {
        mark.size = size;
        mark.check = this.#checks;
      } else if (this.#checks - mark.check >= periodChecks) this.#end(body, 'too_slow');
    }
  }

  #end(body: IncomingBody, why: Cut): void {
    this.#all.delete(body);
    this.#cut(body, why);
  }
}

const known: WeakMap<Admission, Bodies> = new WeakMap();
