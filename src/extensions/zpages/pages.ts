import { formatDuration } from '../../component/schema/duration.js';
import type { LedgerRow } from '../../component/ledger.js';
import { latencyBounds, type FinishedSpan, type SpansOfName } from '../../component/recent-spans.js';
import type { ServiceView } from '../../component/service-view.js';
import { escape, page, table, type Cell } from './html.js';

/** One page: its query and the running service to HTML. */
export type Page = (query: URLSearchParams, service: ServiceView, nowMs: number) => string;

export const servicez: Page = (_query, { buildInfo, startedMs, spans }, nowMs) =>
  page('Service', [
    '<h2>Build</h2>',
    table(
      ['Property', 'Value'],
      [
        ['Command', buildInfo.command],
        ['Description', buildInfo.description],
        ['Version', buildInfo.version],
        ['Node.js', process.version],
      ],
    ),
    '<h2>Runtime</h2>',
    table(
      ['Property', 'Value'],
      [
        ['StartTimestamp', new Date(startedMs).toISOString()],
        ['Uptime', formatDuration(nowMs - startedMs)],
        ['OS', process.platform],
        ['Arch', process.arch],
        ['PID', process.pid],
      ],
    ),
    '<h2>Pages</h2>',
    table(
      ['Page', 'Shows'],
      [
        [link('pipelinez'), 'the pipelines and their components'],
        [link('extensionz'), 'the extensions'],
        [link('featurez'), 'the feature gates'],
        [link('ledgerz'), 'what became of every item'],
        ...(spans ? [[link('tracez'), 'the latest spans of this program']] : []),
      ],
    ),
  ]);

export const pipelinez: Page = (query, { pipelines }) => {
  const name = query.get('pipelinenamez');
  const component = query.get('componentnamez');
  const kind = query.get('componentkindz');
  const mark = (id: string, connectors: readonly string[]): string => (connectors.includes(id) ? `${id} (connector)` : id);
  return page('Pipelines', [
    table(
      ['FullName', 'InputType', 'MutatesData', 'Receivers', 'Processors', 'Exporters'],
      pipelines.map(({ id, signal, receivers, processors, exporters, connectors }) => [
        { text: id, href: `?pipelinenamez=${encodeURIComponent(id)}` },
        signal,
        // A batch never changes: what needs another one makes it.
        false,
        receivers.map((each) => mark(each, connectors)).join(', '),
        processors.join(', '),
        exporters.map((each) => mark(each, connectors)).join(', '),
      ]),
    ),
    ...(name === null
      ? []
      : [`<p>Pipeline ${escape(name)}${component === null ? '' : `: ${escape(kind ?? 'component')} ${escape(component)}`}</p>`]),
  ]);
};

export const extensionz: Page = (_query, { extensions }) =>
  page('Extensions', [
    table(
      ['FullName'],
      extensions.map((id) => [id]),
    ),
  ]);

export const featurez: Page = (_query, { gates }) =>
  page('Feature Gates', [
    table(
      ['ID', 'Enabled', 'Description', 'Stage', 'From', 'To'],
      gates.map(({ id, enabled, description, stage, from, to }) => [id, enabled, description, stage, from, to ?? '']),
    ),
  ]);

export const ledgerz: Page = (_query, service) => {
  const rows = service.ledger();
  const receivers = rows.filter((row): row is Extract<LedgerRow, { kind: 'receiver' }> => row.kind === 'receiver');
  const components = rows.filter((row): row is Extract<LedgerRow, { kind: 'component' }> => row.kind === 'component');
  return page('Ledger', [
    '<p>Every accepted item, towards each exporter, ends in exactly one named outcome.</p>',
    '<h2>Receivers: received = accepted + refused</h2>',
    table(
      ['Receiver', 'Signal', 'Accepted', 'Refused'],
      receivers.map(({ id, signal, accepted, refused }) => [id, signal, accepted, amounts(refused)]),
    ),
    '<h2>Components: in + created = out + dropped + returned + held</h2>',
    table(
      ['Component', 'Signal', 'In', 'Created', 'Out', 'Dropped', 'Returned', 'Held', 'Balanced'],
      components.map((row) => [
        ...[row.id, row.signal, row.in, row.created, row.out],
        ...[amounts(row.dropped), amounts(row.returned), amounts(row.held), row.balanced],
      ]),
    ),
  ]);
};

export const tracez: Page = (query, { spans }) => {
  const names = [...(spans ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  const chosen = query.get('zspanname');
  const of = chosen === null ? undefined : spans?.get(chosen);
  const classes = latencyBounds.map((bound) => `< ${formatDuration(bound)}`);
  const at = (name: string, type: number, row: number, count: number): Cell =>
    count === 0 ? 0 : { text: String(count), href: `?zspanname=${encodeURIComponent(name)}&ztype=${type}&zsubtype=${row}` };
  return page('Trace Spans', [
    table(
      ['Span Name', 'Running', ...classes, 'longer', 'Errors'],
      names.map(([name, { running, counts, errors }]) => [
        name,
        running,
        ...counts.map((count, row) => at(name, 1, row, count)),
        at(name, 2, 0, errors),
      ]),
    ),
    ...(chosen === null ? [] : [`<h2>${escape(chosen)}</h2>`, spansTable(sampled(of, query))]),
  ]);
};

function sampled(of: SpansOfName | undefined, query: URLSearchParams): readonly FinishedSpan[] {
  if (!of) return [];
  return query.get('ztype') === '2' ? of.latestErrors : (of.latest[Number(query.get('zsubtype') ?? 0)] ?? []);
}

function spansTable(spans: readonly FinishedSpan[]): string {
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

function amounts(named: Readonly<Record<string, number>>): string {
  return Object.entries(named)
    .filter(([, items]) => items !== 0)
    .map(([name, items]) => `${name} ${items}`)
    .join(', ');
}

function link(name: string): Cell {
  return { text: `/debug/${name}`, href: `/debug/${name}` };
}
