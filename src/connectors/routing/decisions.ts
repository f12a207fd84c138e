import type { Batch } from '../../otlp/batch.js';
import { at32 } from '../../otlp/wire/at.js';
import { isEditing, type PlannedRoute, type RoutingPlan } from './plan.js';

/** No route has moved the unit. */
const free = -1;

/** A route that changes what takes it, or copies: its part of a batch stands apart from the others. */
export interface ApartPart {
  readonly target: number;
  /** By unit: 0 for those that take the route, -1 for the others, as `partition` has it. */
  readonly partOf: Int32Array;
  /** The batch of which it is a part; a changed one is this part's own. */
  readonly source: Batch;
  readonly isCopy: boolean;
}

/** Which routes the units of one batch take. */
export class RouteDecisions {
  readonly batch: Batch;
  readonly #plan: RoutingPlan;
  /** By unit: its target, or behind the targets a route that stands apart. */
  readonly #partOf: Int32Array;
  /** Units that no route has moved yet. */
  left: number;
  /** Marks of the routes that stand apart, as of `ApartPart`. */
  readonly #apart: Map<PlannedRoute, Int32Array> = new Map();
  readonly #changed: Map<PlannedRoute, Batch> = new Map();

  constructor(plan: RoutingPlan, batch: Batch) {
    this.batch = batch;
    this.#plan = plan;
    this.left = batch.itemCount;
    this.#partOf = new Int32Array(batch.itemCount).fill(free);
  }

  hasFree(from: number, to: number): boolean {
    for (let unit = from; unit < to; unit++) if (at32(this.#partOf, unit) === free) return true;
    return false;
  }

  /** Lets the free units of a range take a route. */
  take(route: PlannedRoute, from: number, to: number): void {
    const marks = route.isCopy || isEditing(route) ? this.#marksOf(route) : undefined;
    const part = marks ? this.#plan.targets.length : route.target;
    for (let unit = from; unit < to; unit++) {
      if (at32(this.#partOf, unit) !== free) continue;
      if (marks) marks[unit] = 0;
      if (route.isCopy) continue;
      this.#partOf[unit] = part;
      this.left--;
    }
  }

  /** Whether a unit of a range takes a route that stands apart. */
  hasTaken(route: PlannedRoute, from: number, to: number): boolean {
    const marks = this.#apart.get(route);
    if (marks) for (let unit = from; unit < to; unit++) if (at32(marks, unit) === 0) return true;
    return false;
  }

  /** Whether any unit takes a route that stands apart. */
  hasAny(route: PlannedRoute): boolean {
    return this.#apart.has(route);
  }

  /** Takes a route back that stands apart: the units are free again. */
  untake(route: PlannedRoute, from: number, to: number): void {
    const marks = this.#marksOf(route);
    for (let unit = from; unit < to; unit++) {
      if (at32(marks, unit) < 0) continue;
      marks[unit] = -1;
      if (route.isCopy) continue;
      this.#partOf[unit] = free;
      this.left++;
    }
  }

  /** The batch in which the editor of a route has changed what takes it. */
  setChanged(route: PlannedRoute, batch: Batch): void {
    this.#changed.set(route, batch);
  }

  /**
   * Gives what no route has moved to the fallback, and returns the target of each unit: -1 for those that no target
   * gets, or only a part that stands apart. Nothing is decided after it.
   */
  close(): Int32Array {
    const { fallback, targets } = this.#plan;
    const partOf = this.#partOf;
    for (let unit = 0; unit < partOf.length; unit++) {
      const part = at32(partOf, unit);
      if (part === free) partOf[unit] = fallback;
      else if (part >= targets.length) partOf[unit] = -1;
    }
    return partOf;
  }

  get apart(): readonly ApartPart[] {
    return [...this.#apart].map(([route, partOf]) => ({
      target: route.target,
      partOf,
      source: this.#changed.get(route) ?? this.batch,
      isCopy: route.isCopy,
    }));
  }

  /** A changed batch that is not released with the others. */
  keep(changed: Batch): Batch {
    for (const [route, batch] of this.#changed) if (batch === changed) this.#changed.delete(route);
    return changed;
  }

  /** Releases the changed batches. */
  release(): void {
    for (const batch of this.#changed.values()) if (batch !== this.batch) batch.release();
    this.#changed.clear();
  }

  #marksOf(route: PlannedRoute): Int32Array {
    let marks = this.#apart.get(route);
    if (!marks) this.#apart.set(route, (marks = new Int32Array(this.batch.itemCount).fill(-1)));
    return marks;
  }
}
