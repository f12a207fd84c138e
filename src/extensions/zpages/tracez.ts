import { heading, table, type Page, type PageBlock, type PageCell } from '../../component/page.js';
import { latencyBounds, type FinishedSpan, type SpansOfName } from '../../component/recent-spans.js';
import { formatDuration } from '../../component/schema/duration.js';

/** The latest own spans by name and by how long they took. */
export function tracez(spans: ReadonlyMap<string, SpansOfName>): Page {
  return {
    path: 'tracez',
    title: 'Trace Spans',
    about: 'the latest spans of this program',
    content(query) {
      const chosen = query.get('zspanname');
      const list = overview(spans);
      return {
        blocks: chosen === null ? [list] : [list, heading(chosen), spansTable(sampled(spans.get(chosen), query))],
      };
    },
  };
}

function overview(spans: ReadonlyMap<string, SpansOfName>): PageBlock {
  const names = [...spans].sort(([a], [b]) => (a < b ? -1 : 1));
  const classes = latencyBounds.map((bound) => `< ${formatDuration(bound)}`);
  const at = (name: string, type: number, row: number, count: number): PageCell =>
    count === 0
      ? 0
      : { text: String(count), page: '', query: { zspanname: name, ztype: String(type), zsubtype: String(row) } };
  return table(
    ['Span Name', 'Running', ...classes, 'longer', 'Errors'],
    names.map(([name, { running, counts, errors }]) => [
      name,
      running,
      ...counts.map((count, row) => at(name, 1, row, count)),
      at(name, 2, 0, errors),
    ]),
  );
}

function sampled(of: SpansOfName | undefined, query: URLSearchParams): readonly FinishedSpan[] {
  if (!of) return [];
  return query.get('ztype') === '2' ? of.latestErrors : (of.latest[Number(query.get('zsubtype') ?? 0)] ?? []);
}

function spansTable(spans: readonly FinishedSpan[]): PageBlock {
  return table(
    ['When', 'Took', 'Trace ID', 'Span ID', 'Attributes', 'Events', 'Error'],
    spans.map(({ startMs, endMs, context, attributes, events, failure }) => [
      new Date(startMs).toISOString(),
      formatDuration(endMs - startMs),
      context.traceId,
      context.spanId,
      JSON.stringify(attributes),
      events.map(({ name }) => name).join(', '),
      failure ?? '',
    ]),
  );
}
