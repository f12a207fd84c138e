export interface Match {
  readonly start: number;
  readonly end: number;
  /** The texts of the groups by number, the whole match first; undefined for a group that took no part. */
  readonly groups: readonly (string | undefined)[];
}

/** A search of one text: the leftmost match from a place on. */
export type Search = (from: number) => Match | undefined;

/** All matches that do not overlap; as in Go an empty match directly behind another one does not count. */
export function* allMatches(text: string, search: Search): Generator<Match> {
  let previousEnd = -1;
  for (let from = 0; from <= text.length;) {
    const match = search(from);
    if (match === undefined) return;
    const { start, end } = match;
    if (end > start) from = end;
    else from = end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
    if (end > start || start !== previousEnd) yield match;
    previousEnd = end;
  }
}
