import { temporalities } from '../../aggregation/point-conversion.js';
import { StreamKeys } from '../../aggregation/stream-keys.js';
import type { Batch } from '../../otlp/batch.js';
import { BatchCursor } from '../../otlp/view/batch-cursor.js';
import { Key } from '../../otlp/view/key.js';
import { MetricView } from '../../otlp/view/metric.js';
import { Word64 } from '../../otlp/view/word64.js';
import { pieceBytes, type InPieces } from '../../otlp/work.js';
import { bytesPerPoint } from './checking.js';
import { Point } from './point.js';
import { StreamKey } from './stream-key.js';
import { marks } from './stream-row.js';
import type { Streams } from './streams.js';

/**
 * Notes, for the changes (delta points) in a batch that was not delivered, that they may come again.
 * @param attributes - those that identify a resource; none: all
 */
export function* forgiving(batch: Batch, streams: Streams, attributes: readonly string[]): InPieces<void> {
  const metrics = new BatchCursor(new MetricView()).open(batch);
  const keys = new StreamKeys();
  const only = attributes.length === 0 ? undefined : attributes.map((each) => new Key(each));
  const key = new StreamKey();
  const scan = new Point();
  scan.open(batch.bytes);
  const time = new Word64();
  let resource = -1;
  let scope = -1;
  let work = 0;
  while (metrics.next()) {
    work += bytesPerPoint + metrics.item.name.length;
    if (work >= pieceBytes) {
      work = 0;
      yield;
    }
    if (metrics.item.aggregationTemporality !== temporalities.delta) continue;
    if (metrics.resourceRow !== resource) keys.enterResource(metrics.resource, only);
    if (metrics.scopeRow !== scope) keys.enterScope(metrics.scope);
    resource = metrics.resourceRow;
    scope = metrics.scopeRow;
    keys.enterMetric(metrics.item);
    key.enterMetric(keys.metricKey, streams.seeded);
    scan.enter(metrics.item);
    const { data } = metrics.item;
    for (let piece = 0; piece < data.pieceCount; piece++) {
      const to = data.pieceTo(piece);
      for (let at = data.pieceFrom(piece); at < to;) {
        const next = scan.readMany(at, to);
        work += next - at + bytesPerPoint * scan.count;
        at = next;
        for (let i = 0; i < scan.count; i++) {
          key.enterPoint(scan.select(i));
          if (streams.find(key) && streams.time(time).compare(scan.time) === 0) streams.set(marks.mayRepeat, 1);
        }
        if (work < pieceBytes) continue;
        work = 0;
        yield;
      }
    }
  }
  scan.close();
}
