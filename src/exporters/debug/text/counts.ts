import type { Batch } from '../../../otlp/batch.js';

/** The fields of a batch's first entry: how many of what. */
export function counts(batch: Batch): Readonly<Record<string, number>> {
  const resources = batch.index.resourceCount;
  const rows = batch.index.itemCount;
  switch (batch.signal) {
    case 'traces':
      return { 'resource spans': resources, spans: batch.itemCount };
    case 'metrics':
      return { 'resource metrics': resources, metrics: rows, 'data points': batch.itemCount };
    case 'logs':
      return { 'resource logs': resources, 'log records': batch.itemCount };
    case 'profiles':
      return { 'resource profiles': resources, 'sample records': batch.itemCount };
  }
}
