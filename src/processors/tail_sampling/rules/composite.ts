import type { Clock } from '../../../component/clock.js';
import type { Judge } from './judge.js';
import type { TraceFacts } from './rules.js';

/** A member of a composite policy. */
export interface Member {
  readonly name: string;
  readonly judge: Judge;
  /** Spans that it may let pass in each second of the wall clock. */
  readonly allowance: number;
}

/** `composite`: the first member that wants a trace decides, by what is left of its share of this second. */
export class Composite {
  readonly #members: readonly Member[];
  readonly #clock: Clock;
  readonly #spent: Float64Array;
  #second = Number.NaN;
  /** Which of the members wanted the last trace; -1: none. */
  decider = -1;

  constructor(members: readonly Member[], clock: Clock) {
    this.#members = members;
    this.#clock = clock;
    this.#spent = new Float64Array(members.length);
  }

  wants(trace: TraceFacts): boolean {
    const members = this.#members;
    let decider = 0;
    while (decider < members.length && !(members[decider] as Member).judge.wants(trace)) decider++;
    this.decider = decider < members.length ? decider : -1;
    const member = members[decider];
    if (member === undefined) return false;
    const second = Math.floor(this.#clock.unixMs() / 1000);
    if (second !== this.#second) this.#spent.fill(0);
    this.#second = second;
    const spent = (this.#spent[decider] ?? 0) + trace.spans;
    if (spent > member.allowance) return false;
    this.#spent[decider] = spent;
    return true;
  }
}

/** The share of a member, as it is configured. */
export interface Allocation {
  readonly policy: string;
  readonly percent: number;
}

/**
 * The spans per second of each member: its percentage of the total, and for members without one what the others leave,
 * evenly. (The Collector gives each of them an even part of the whole, so that together they exceed the total.)
 */
export function allowances(names: readonly string[], total: number, allocations: readonly Allocation[]): number[] {
  const percents = names.map((name) => {
    // Of a repeated name the last one counts.
    const percent = allocations.findLast(({ policy }) => policy === name)?.percent ?? 0;
    return percent > 0 ? percent : 0;
  });
  const others = percents.filter((percent) => percent === 0).length;
  const left = Math.max(0, 100 - percents.reduce((sum, percent) => sum + percent, 0));
  return percents.map((percent) => ((percent === 0 ? left / others : percent) / 100) * total);
}

/** The members in the order in which they are asked: those that `order` names first. */
export function inOrder<T extends { readonly name: string }>(members: readonly T[], order: readonly string[]): T[] {
  const places = new Map<string, number>();
  for (const name of order) if (!places.has(name)) places.set(name, places.size);
  const place = ({ name }: T): number => places.get(name) ?? places.size;
  return members.toSorted((a, b) => place(a) - place(b));
}
