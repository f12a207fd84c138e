import type { Batch } from '../../../otlp/batch.js';
import { Backing } from '../../../otlp/view/backing.js';
import { LogRecordView } from '../../../otlp/view/log-record.js';
import type { MessageView } from '../../../otlp/view/message.js';
import { MetricView } from '../../../otlp/view/metric.js';
import { ProfileView } from '../../../otlp/view/profile.js';
import { SpanView } from '../../../otlp/view/span.js';
import { writeAttributes } from './attributes.js';
import { writeRecord } from './detailed-logs.js';
import { writeMetric } from './detailed-metrics.js';
import { writeDictionary, writeProfile } from './detailed-profiles.js';
import { writeSpan } from './detailed-spans.js';
import { writeLevels, type LevelWriter } from './levels.js';
import type { TextPage, Writing } from './text-page.js';
import { DictionaryTables } from './dictionary-tables.js';

/** Everything there is in a batch. */
export function* writeDetailed(page: TextPage, batch: Batch): Writing {
  switch (batch.signal) {
    case 'traces':
      yield* writeLevels(page, batch, new SpanView(), levels(page, 'ResourceSpans', 'ScopeSpans', writeSpan));
      return;
    case 'logs':
      yield* writeLevels(page, batch, new LogRecordView(), levels(page, 'ResourceLog', 'ScopeLogs', writeRecord));
      return;
    case 'metrics':
      yield* writeLevels(page, batch, new MetricView(), levels(page, 'ResourceMetrics', 'ScopeMetrics', writeMetric));
      return;
    case 'profiles':
      yield* writeProfiles(page, batch);
  }
}

function* writeProfiles(page: TextPage, batch: Batch): Writing {
  const backing = new Backing();
  backing.bytes = batch.bytes;
  const tables = new DictionaryTables(backing);
  yield* tables.read(page);
  yield* writeDictionary(page, tables);
  const write = (_page: TextPage, profile: ProfileView, number: number): Writing =>
    writeProfile(page, profile, number, tables);
  yield* writeLevels(page, batch, new ProfileView(), levels(page, 'ResourceProfiles', 'ScopeProfiles', write, tables));
}

function levels<Item extends MessageView>(
  page: TextPage,
  resourceTitle: string,
  scopeTitle: string,
  write: (page: TextPage, item: Item, number: number) => Writing,
  tables?: DictionaryTables,
): LevelWriter<Item> {
  return {
    *writeResource(cursor, number) {
      page.add(`${resourceTitle} #${number}\nResource SchemaURL: `);
      page.addText(cursor.resourceSchemaUrl);
      page.add('\n');
      yield* writeAttributes(page, 'Resource attributes:', cursor.resource, undefined, tables);
    },
    *writeScope(cursor, number) {
      page.add(`${scopeTitle} #${number}\n${scopeTitle} SchemaURL: `);
      page.addText(cursor.scopeSchemaUrl);
      page.add('\nInstrumentationScope ');
      page.addText(cursor.scope.name);
      page.add(' ');
      page.addText(cursor.scope.version);
      page.add('\n');
      yield* writeAttributes(page, 'InstrumentationScope attributes:', cursor.scope, undefined, tables);
    },
    writeItem: (item, number) => write(page, item, number),
  };
}
