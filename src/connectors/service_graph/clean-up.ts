import type { InPieces } from '../../otlp/work.js';
import { count, groups, type EdgeSeries } from './edge-series.js';

/** Series that have not changed for so long are deleted, milliseconds. */
const staleMs = 15 * 60_000;
/** Series that are looked at in a piece of work. */
const atOnce = 4096;

/** Deletes the series that have not changed for 15 minutes at `now` (`Clock.now()`). */
export function* cleanUp(series: EdgeSeries, now: number): InPieces<void> {
  let looked = 0;
  for (let group = 0; group <= groups; group++)
    for (let row = series.table.firstOf(group); row >= 0;) {
      const next = series.table.nextOf(row);
      if (series.counts.get(row, count.changed) + staleMs < now) series.remove(row);
      row = next;
      if (++looked % atOnce === 0) {
        yield;
        // Series that begin meanwhile stand before it, and only this removes any.
      }
    }
}

/** Of the labels of all series, which one has the most values, and how many: by column of the table. */
export function* mostValues(series: EdgeSeries, columns: number): InPieces<{ column: number; values: number }> {
  let most = { column: 0, values: 0 };
  let looked = 0;
  for (let column = 0; column < columns; column++) {
    const values = new Set<number>();
    for (let group = 0; group < groups; group++)
      for (let row = series.table.firstOf(group); row >= 0; row = series.table.nextOf(row)) {
        values.add(series.table.shownAt(row, column));
        if (++looked % atOnce === 0) yield;
      }
    if (values.size > most.values) most = { column, values: values.size };
  }
  return most;
}
