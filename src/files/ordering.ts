import type { Clock } from '../component/clock.js';
import { pattern, type Pattern } from '../pattern/pattern.js';
import { strptimeLayout } from '../formats/time/layout-step.js';
import { readingSteps } from '../formats/time/strptime.js';
import { MomentReader } from '../formats/time/moment-reader.js';
import { TimeText } from '../formats/time/time-text.js';
import { zoneNamed } from '../formats/time/time-zone.js';
import type { FileSlot } from './file-slot.js';
import type { OrderingOptions, SortOptions } from './ordering-options.js';

/** A path with what the pattern found in it. */
interface Candidate {
  readonly slot: FileSlot;
  readonly groups: ReadonlyMap<string, string>;
}

type Rank = string | number;

/** Chooses files by their names (`ordering_criteria`): after grouping and sorting the first of each group. */
export class Ordering {
  readonly #groupBy: Pattern | undefined;
  readonly #pattern: Pattern | undefined;
  readonly #most: number;
  readonly #sorts: readonly ((candidates: readonly Candidate[]) => Candidate[])[];

  constructor({ regex, group_by, top_n, sort_by }: OrderingOptions, clock: Clock) {
    this.#groupBy = group_by === '' ? undefined : pattern(group_by);
    this.#pattern = regex === '' ? undefined : pattern(regex);
    this.#most = top_n === 0 ? 1 : top_n;
    this.#sorts = sort_by.map((sort) => {
      const rank = rankBy(sort, clock);
      return (candidates) => sorted(candidates, rank, sort.sort_type !== 'mtime' && sort.ascending);
    });
  }

  /** The files to read, of files in the order of their paths. */
  first(slots: readonly FileSlot[]): FileSlot[] {
    const groups = this.#grouped(slots);
    if (this.#sorts.length === 0) return groups.flat();
    return groups.flatMap((group) => {
      let candidates = group.flatMap((slot) => this.#candidate(slot) ?? []);
      for (const sort of this.#sorts) candidates = sort(candidates);
      return candidates.slice(0, this.#most).map(({ slot }) => slot);
    });
  }

  #grouped(slots: readonly FileSlot[]): FileSlot[][] {
    const by = this.#groupBy;
    if (!by) return [[...slots]];
    const groups = new Map<string, FileSlot[]>();
    for (const slot of slots) {
      const key = by.find(slot.path)?.groups[1];
      if (key === undefined) continue;
      const group = groups.get(key);
      if (group) group.push(slot);
      else groups.set(key, [slot]);
    }
    return [...groups.values()];
  }

  /** Undefined for a path that does not match. */
  #candidate(slot: FileSlot): Candidate | undefined {
    const groups = new Map<string, string>();
    if (!this.#pattern) return { slot, groups };
    const match = this.#pattern.find(slot.path);
    if (!match) return undefined;
    for (const [i, name] of this.#pattern.groupNames.entries())
      if (name !== '') groups.set(name, match.groups[i] ?? '');
    return { slot, groups };
  }
}

/** Without candidates whose name has no such value. */
function sorted(
  candidates: readonly Candidate[],
  rank: (candidate: Candidate) => Rank | undefined,
  ascending: boolean,
): Candidate[] {
  const ranked = candidates.flatMap((candidate) => {
    const value = rank(candidate);
    return value === undefined ? [] : [{ candidate, value }];
  });
  const up = ascending ? 1 : -1;
  ranked.sort((a, b) => (a.value < b.value ? -up : a.value > b.value ? up : 0));
  return ranked.map(({ candidate }) => candidate);
}

function rankBy(sort: SortOptions, clock: Clock): (candidate: Candidate) => Rank | undefined {
  const text = ({ groups }: Candidate): string => groups.get(sort.regex_key) ?? '';
  switch (sort.sort_type) {
    case 'numeric':
      return (candidate) => (/^[+-]?\d+$/.test(text(candidate)) ? Number(text(candidate)) : undefined);
    case 'alphabetical':
      return text;
    case 'mtime':
      return ({ slot: { mtimeMs } }) =>
        sort.max_time > 0 && clock.unixMs() - mtimeMs >= sort.max_time ? undefined : mtimeMs;
    case 'timestamp': {
      const steps = strptimeLayout(readingSteps(sort.layout));
      const reader = new MomentReader(new TimeText(steps, sort.layout), zoneNamed(sort.location || 'UTC'));
      return (candidate) => (reader.read(text(candidate), 0) ? reader.seconds + reader.nanos / 1e9 : undefined);
    }
  }
}
