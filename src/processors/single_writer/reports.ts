import type { Logger } from '../../component/telemetry.js';
import { causes, type Cause } from './causes.js';
import type { Violation } from './judge.js';

/** Findings that are kept; the one that was seen last the longest time ago makes room. */
const mostFindings = 200;
/** Lines of the log in one interval, all findings together. */
const mostLines = 10;

/** How two writers of the same streams break the rule, with one example. */
export interface Finding {
  readonly violation: Violation;
  readonly cause: Cause;
  readonly metric: string;
  /** Attributes of the resource, in short. */
  readonly resource: string;
  /** Both writers; one name alone where a writer breaks the rule by itself. */
  readonly writers: readonly string[];
  /** Milliseconds since 1970. */
  readonly firstAt: number;
}

interface Entry extends Finding {
  lastAt: number;
  points: number;
  /** Monotonic milliseconds of its last line, and the points that were known then. */
  loggedAt: number;
  loggedPoints: number;
}

/** The violations that were seen, together by the identities of both writers, the kind and the cause. */
export class Reports {
  readonly #logger: Logger;
  readonly #intervalMs: number;
  /** Those that were seen last are last. */
  readonly #findings: Map<number, Entry>;
  #linesSince = -Infinity;
  #lines = 0;

  /** @param before - whose findings it goes on with */
  constructor(logger: Logger, intervalMs: number, before?: Reports) {
    this.#logger = logger;
    this.#intervalMs = intervalMs;
    this.#findings = new Map(before === undefined ? [] : before.#findings);
  }

  /** Newest first. */
  findings(): readonly Readonly<Entry>[] {
    return [...this.#findings.values()].toReversed();
  }

  /** Counts a point of a finding that is known, and logs it when its time has come; false when it is not known. */
  count(id: number, now: number, unixMs: number): boolean {
    const entry = this.#findings.get(id);
    if (entry === undefined) return false;
    entry.points++;
    if (entry.lastAt !== unixMs) {
      this.#findings.delete(id);
      this.#findings.set(id, entry);
      entry.lastAt = unixMs;
    }
    this.#log(entry, now);
    return true;
  }

  /** Begins with a finding that is not known, by its first point. */
  begin(id: number, finding: Finding, now: number): void {
    const [oldest] = this.#findings.keys();
    if (this.#findings.size >= mostFindings && oldest !== undefined) this.#findings.delete(oldest);
    const entry = { ...finding, lastAt: finding.firstAt, points: 1, loggedAt: -Infinity, loggedPoints: 0 };
    this.#findings.set(id, entry);
    this.#log(entry, now);
  }

  #log(entry: Entry, now: number): void {
    if (now - entry.loggedAt < this.#intervalMs) return;
    if (now - this.#linesSince >= this.#intervalMs) {
      this.#linesSince = now;
      this.#lines = 0;
    }
    if (this.#lines++ >= mostLines) return;
    const { metric, resource, writers, violation, cause, points } = entry;
    this.#logger.warn('Several writers of one metric stream', {
      ...{ metric, resource, writers, violation, cause, data_points: points - entry.loggedPoints },
      ...{ likely_cause: causes[cause].why, remedy: causes[cause].remedy },
    });
    entry.loggedAt = now;
    entry.loggedPoints = points;
  }
}
