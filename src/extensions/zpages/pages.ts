import { shownCommandLine } from '../../component/command-line.js';
import type { LedgerRow } from '../../component/ledger.js';
import { heading, table, type Page, type PageCell, type PageContent } from '../../component/page.js';
import { formatDuration } from '../../component/schema/duration.js';
import type { ServiceView } from '../../component/service-view.js';
import type { Config } from './config.js';
import { tracez } from './tracez.js';

/**
 * The pages of the extension itself, at the Collector's paths. Each zpages extension has its own, as its options say.
 */
export function ownPages(config: Config, service: ServiceView, nowMs: () => number): readonly Page[] {
  const own: readonly Page[] = [
    {
      path: 'pipelinez',
      title: 'Pipelines',
      about: 'the pipelines and their components',
      content: (query) => pipelinez(service, query),
    },
    { path: 'extensionz', title: 'Extensions', about: 'the extensions', content: () => extensionz(service) },
    {
      path: 'statusz',
      title: 'Component Status',
      about: 'the state of every component',
      content: () => statusz(service),
    },
    { path: 'featurez', title: 'Feature Gates', about: 'the feature gates', content: () => featurez(service) },
    { path: 'ledgerz', title: 'Ledger', about: 'what became of every item', content: () => ledgerz(service) },
    ...(service.spans ? [tracez(service.spans)] : []),
    ...(config.expvar.enabled
      ? [{ path: 'expvarz', title: 'Variables', about: 'command line and memory, as JSON', content: expvarz }]
      : []),
  ];
  const servicePage: Page = {
    path: 'servicez',
    title: 'Service',
    about: 'version, start, and all pages',
    content: () => servicez(service, nowMs(), [...own, ...service.pages()]),
  };
  return [servicePage, ...own];
}

function servicez({ buildInfo, startedMs }: ServiceView, nowMs: number, pages: readonly Page[]): PageContent {
  return {
    blocks: [
      heading('Build'),
      table(
        ['Property', 'Value'],
        [
          ['Command', buildInfo.command],
          ['Description', buildInfo.description],
          ['Version', buildInfo.version],
          ['Node.js', process.version],
        ],
      ),
      heading('Runtime'),
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
      heading('Pages'),
      table(
        ['Page', 'Shows'],
        pages.map(({ path, about }) => [{ text: `/debug/${path}`, page: path, query: {} }, about]),
      ),
    ],
  };
}

function pipelinez({ pipelines }: ServiceView, query: URLSearchParams): PageContent {
  const name = query.get('pipelinenamez');
  const component = query.get('componentnamez');
  const kind = query.get('componentkindz');
  const mark = (id: string, connectors: readonly string[]): string =>
    connectors.includes(id) ? `${id} (connector)` : id;
  const list = table(
    ['FullName', 'InputType', 'MutatesData', 'Receivers', 'Processors', 'Exporters'],
    pipelines.map(({ id, signal, receivers, processors, exporters, connectors }) => [
      { text: id, page: '', query: { pipelinenamez: id } },
      signal,
      // A batch never changes: what needs another one makes it.
      false,
      receivers.map((each) => mark(each, connectors)).join(', '),
      processors.join(', '),
      exporters.map((each) => mark(each, connectors)).join(', '),
    ]),
  );
  if (name === null) return { blocks: [list] };
  const chosen = `Pipeline ${name}${component === null ? '' : `: ${kind ?? 'component'} ${component}`}`;
  return { blocks: [list, { kind: 'text', text: chosen }] };
}

function extensionz({ extensions }: ServiceView): PageContent {
  return {
    blocks: [
      table(
        ['FullName'],
        extensions.map((id) => [id]),
      ),
    ],
  };
}

function statusz(service: ServiceView): PageContent {
  const json = service.status();
  const rows = json.map(({ kind, id, pipelines, state }): PageCell[] => [
    ...[kind, id, pipelines.join(', '), state.status],
    state.status === 'none' ? '' : new Date(state.sinceMs).toISOString(),
    'error' in state ? state.error : '',
  ]);
  return { blocks: [table(['Kind', 'Component', 'Pipelines', 'Status', 'Since', 'Error'], rows)], json };
}

function featurez({ gates }: ServiceView): PageContent {
  return {
    blocks: [
      table(
        ['ID', 'Enabled', 'Description', 'Stage', 'From', 'To'],
        gates.map(({ id, enabled, description, stage, from, to }) => [id, enabled, description, stage, from, to ?? '']),
      ),
    ],
  };
}

function ledgerz(service: ServiceView): PageContent {
  const json = service.ledger();
  const receivers = json.filter((row): row is Extract<LedgerRow, { kind: 'receiver' }> => row.kind === 'receiver');
  const components = json.filter((row): row is Extract<LedgerRow, { kind: 'component' }> => row.kind === 'component');
  return {
    blocks: [
      { kind: 'text', text: 'Every accepted item, towards each exporter, ends in exactly one named outcome.' },
      heading('Receivers: received = accepted + refused'),
      table(
        ['Receiver', 'Signal', 'Accepted', 'Refused'],
        receivers.map(({ id, signal, accepted, refused }) => [id, signal, accepted, amounts(refused)]),
      ),
      heading('Components: in + created = out + dropped + returned + held'),
      table(
        ['Component', 'Signal', 'In', 'Created', 'Out', 'Dropped', 'Returned', 'Held', 'Balanced'],
        components.map((row) => [
          ...[row.id, row.signal, row.in, row.created, row.out],
          ...[amounts(row.dropped), amounts(row.returned), amounts(row.held), row.balanced],
        ]),
      ),
    ],
    json,
  };
}

function expvarz(): PageContent {
  return { json: { cmdline: shownCommandLine(), memstats: process.memoryUsage() } };
}

function amounts(named: Readonly<Record<string, number>>): string {
  return Object.entries(named)
    .filter(([, items]) => items !== 0)
    .map(([name, items]) => `${name} ${items}`)
    .join(', ');
}
