import type { Batch } from '../otlp/batch.js';
import type { Signal } from '../otlp/signal.js';
import { batchOfJson } from './canonical.js';
import { signalOf } from './otlp-value.js';

/**
 * The requests in a text: one OTLP JSON, or one in each line, as the `file` exporter writes them. Throws an `Error`
 * that names the line.
 */
export function requestsIn(content: string): { readonly signal: Signal; readonly requests: readonly Batch[] } {
  const documents = parsed(content) === undefined ? content.split('\n') : [content];
  let signal: Signal | undefined;
  const requests: Batch[] = [];
  for (const [i, text] of documents.entries()) {
    if (text.trim() === '') continue;
    const where = documents.length > 1 ? `line ${i + 1}: ` : '';
    const own = signalOf(parsed(text));
    if (own === undefined)
      throw new Error(`${where}this is no OTLP JSON: it begins with a key such as resourceSpans or resourceLogs`);
    if (signal !== undefined && own !== signal)
      throw new Error(`${where}these are ${own}, but those before are ${signal}: try each signal alone`);
    signal = own;
    try {
      requests.push(batchOfJson(own, text));
    } catch (error) {
      throw new Error(`${where}${(error as Error).message}`, { cause: error });
    }
  }
  if (signal === undefined) throw new Error('the input is empty: give OTLP JSON');
  return { signal, requests };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
