import { PieceTime } from '../../component/turn.js';
import type { PageFormat } from '../../prometheus/negotiate.js';
import { PageBuffer } from '../../prometheus/page-buffer.js';
import type { PageOptions, PageWriter } from '../../prometheus/page-writer.js';
import { ProtobufWriter } from '../../prometheus/protobuf-writer.js';
import { PageTextWriter } from '../../prometheus/text-writer.js';
import type { PageSeries } from './page-series.js';
import type { SeriesStore } from './series-store.js';

/** Bytes of a piece, if no single series has more. */
const pieceBytes = 64 * 1024;

/**
 * The page in pieces; undefined where a turn of the event loop should end although a piece is not full. It may be made
 * while series come and go: each is on it once, those that are gone when their turn comes are not.
 *
 * @param isExpired - whether a series is to be left out although it is still there
 */
export function* page(
  store: SeriesStore,
  format: PageFormat,
  options: PageOptions,
  isExpired: (series: PageSeries) => boolean,
): Generator<Buffer | undefined, void, undefined> {
  const out = new PageBuffer();
  const writer = writerOf(out, format, options);
  const time = new PieceTime();
  time.begin();
  for (let family = store.firstFamily; family; family = family.next) {
    let begun = false;
    for (let series = family.first; series; series = series.next) {
      if (!series.gone && series.filled && !isExpired(series)) {
        if (!begun) writer.family(family);
        begun = true;
        writer.series(series);
        writer.pauseAt?.(pieceBytes);
      }
      const isFull = out.length >= pieceBytes;
      if (!isFull && !time.isOver()) continue;
      yield isFull ? out.take() : undefined;
      time.begin();
    }
  }
  writer.end();
  yield out.take();
}

function writerOf(out: PageBuffer, format: PageFormat, options: PageOptions): PageWriter {
  return format === 'protobuf'
    ? new ProtobufWriter(out, options)
    : new PageTextWriter(out, { ...options, openMetrics: format !== 'text' });
}
