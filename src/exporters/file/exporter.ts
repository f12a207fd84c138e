import { ConfigValueError } from '../../component/config-value-error.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Exporter, SignalContext } from '../../component/define.js';
import { sendFailed, sent } from '../../delivery/metrics.js';
import { compressor, type Compress } from '../../net/compression/compress.js';
import type { Batch } from '../../otlp/batch.js';
import { protoToJson } from '../../otlp/json/encode.js';
import { merge } from '../../otlp/parts/merge.js';
import type { Config } from './config.js';
import { Files } from './files.js';
import { groupByAttribute } from './group-by.js';

/** Writes what passes into files. All signals of one exporter share them. */
export function createExporter(config: Config, context: SignalContext): Exporter {
  if (config.encoding !== '')
    throw new ConfigValueError(`encoding ${JSON.stringify(config.encoding)} is not supported: use format`, ['encoding']);
  const files = context.shared(() => new Files(config, context.logger, context.clock));
  const { id, signal, meter, ledger } = context;
  const books = ledger.component(id, signal);
  const sentItems = meter.counter(sent(signal), { exporter: id });
  const failedItems = meter.counter(sendFailed(signal), { exporter: id });
  let compress: Compress | undefined;

  const encode = async (batch: Batch): Promise<Uint8Array> => {
    const plain = config.format === 'json' ? protoToJson(signal, batch.bytes) : batch.bytes;
    const body = (await compress?.(plain))?.bytes ?? plain;
    return config.format === 'json' && !compress ? line(body) : framed(body);
  };
  /** Books a part and hands it to its file. Answers why it was not taken; it has been booked as returned then. */
  const write = async (path: string, batch: Batch): Promise<Failure | undefined> => {
    const items = batch.itemCount;
    books.held(items, 'buffer');
    const settle = (book: () => void): void => {
      books.held(-items, 'buffer');
      book();
    };
    try {
      await files.append(path, {
        bytes: await encode(batch),
        written: () =>
          settle(() => {
            books.out(items);
            sentItems.add(items);
          }),
        lost: () => settle(() => books.dropped(items, 'write_failed')),
      });
      return undefined;
    } catch (error) {
      const reason = error instanceof DeliveryError ? error.reason : 'write_failed';
      settle(() => books.returned(items, reason));
      failedItems.add(items);
      return { error: error as Error, reason, batch };
    }
  };
  return {
    async start() {
      compress = config.compression === 'zstd' ? await compressor('zstd', config.compression_params.level) : undefined;
      await files.start();
    },
    async consume(batch) {
      if (batch.itemCount === 0) return;
      books.in(batch.itemCount);
      const groups = config.group_by.enabled
        ? groupByAttribute(batch, config.group_by.resource_attribute, config.path)
        : [{ path: config.path, batch }];
      const left = batch.itemCount - groups.reduce((sum, group) => sum + group.batch.itemCount, 0);
      if (left > 0) books.dropped(left, 'no_group');
      const failures: Failure[] = [];
      for (const group of groups) {
        const failure = await write(group.path, group.batch);
        if (failure) failures.push(failure);
      }
      const [first] = failures;
      if (!first) return;
      // Exactly what no file took, so that a sender that tries again neither loses nor repeats anything.
      const remaining = failures.length === 1 ? first.batch : merge(failures.map((failure) => failure.batch));
      throw new DeliveryError(first.error.message, {
        class: 'retryable',
        reason: first.reason,
        local: true,
        remaining,
        cause: first.error,
      });
    },
    shutdown: () => files.shutdown(),
  };
}

/** A part that no file took. */
interface Failure {
  readonly error: Error;
  readonly reason: string;
  readonly batch: Batch;
}

function line(body: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(body.length + 1);
  bytes.set(body);
  bytes[body.length] = 10;
  return bytes;
}

/** Behind its length, four bytes, big-endian. */
function framed(body: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(body.length + 4);
  bytes.writeUInt32BE(body.length);
  bytes.set(body, 4);
  return bytes;
}
