import { DeliveryError, failureOf, type Failure } from '../../component/delivery-error.js';
import type { Exporter, SignalContext } from '../../component/define.js';
import { jsonBody } from '../../component/json-body.js';
import { MadeRoom, type MadeBytes } from '../../component/made-room.js';
import { resultInTurns } from '../../component/turn.js';
import { sendFailed, sent } from '../../delivery/metrics.js';
import { compressor, type Compress } from '../../net/compression/compress.js';
import type { Batch } from '../../otlp/batch.js';
import { isLarge } from '../../otlp/large.js';
import { key } from '../../otlp/view/key.js';
import { resultAtOnce } from '../../otlp/work.js';
import type { Config } from './config.js';
import { Files } from './files.js';
import { groupingByAttribute, type Grouped } from './group-by.js';

/** How long after the end of a drain a file may still take what waits for it, milliseconds. */
const lateMs = 1000;

/** Writes what passes into files. All signals of one exporter share them. */
export function createExporter(config: Config, context: SignalContext): Exporter {
  const files = context.shared(() => new Files(config, context.logger, context.clock));
  const { id, signal, meter, ledger } = context;
  const books = ledger.component(id, signal);
  const sentItems = meter.counter(sent(signal), { exporter: id });
  const failedItems = meter.counter(sendFailed(signal), { exporter: id });
  /** Of JSON that is in no file yet. */
  const room = new MadeRoom(config.format === 'json' ? context.budget : undefined);
  const groupKey = key(config.group_by.resource_attribute);
  let compress: Compress | undefined;

  const grouped = (batch: Batch): readonly Grouped[] | Promise<readonly Grouped[]> => {
    const grouping = groupingByAttribute(batch, groupKey, config.path);
    return isLarge(batch) ? resultInTurns(grouping) : resultAtOnce(grouping);
  };
  const encode = async (batch: Batch, made: MadeBytes): Promise<Uint8Array> => {
    const plain = config.format === 'json' ? await jsonBody(batch, made, undefined) : batch.bytes;
    const body = (await compress?.(plain))?.bytes ?? plain;
    // A file may keep it for its `flush_interval`.
    made.complete();
    return config.format === 'json' && !compress ? line(body) : framed(body);
  };
  /** Books, for each message that is in no file yet, that it never will be. */
  const waiting = new Set<() => void>();
  /** Books a part and hands it to its file. Returns its failure, booked as returned, when no file took it. */
  const write = async (path: string, batch: Batch): Promise<Failure | undefined> => {
    const items = batch.itemCount;
    books.held(items, 'buffer');
    const made = room.begin();
    const settle = (book: () => void): void => {
      if (!waiting.delete(giveUp)) return;
      books.held(-items, 'buffer');
      made.end();
      book();
    };
    const giveUp = (): void => settle(() => books.dropped(items, 'shutdown'));
    waiting.add(giveUp);
    try {
      await files.append(path, {
        bytes: await encode(batch, made),
        written: () =>
          settle(() => {
            books.out(items);
            sentItems.add(items);
          }),
        lost: () => settle(() => books.dropped(items, 'write_failed')),
      });
      return undefined;
    } catch (error) {
      const { reason, message } =
        error instanceof DeliveryError ? error : { reason: 'write_failed', message: (error as Error).message };
      settle(() => books.returned(items, reason));
      failedItems.add(items);
      // Each cause that keeps a file from being written may pass.
      return failureOf(new DeliveryError(message, { class: 'retryable', reason, local: true, cause: error }), batch);
    }
  };
  return {
    async start() {
      compress = config.compression === 'zstd' ? await compressor('zstd', config.compression_params.level) : undefined;
      await files.start();
    },
    async consume(batch) {
      if (batch.itemCount === 0) return;
      const groups = config.group_by.enabled ? await grouped(batch) : [{ path: config.path, batch }];
      books.in(batch.itemCount);
      const left = batch.itemCount - groups.reduce((sum, group) => sum + group.batch.itemCount, 0);
      if (left > 0) books.dropped(left, 'no_group');
      const failures: Failure[] = [];
      for (const group of groups) {
        const failure = await write(group.path, group.batch);
        if (failure) failures.push(failure);
      }
      if (failures.length > 0) throw DeliveryError.join(failures, 'any-retryable');
    },
    /** A file that takes nothing, such as a full pipe, does not hold the end up. */
    async shutdown(deadline) {
      const late = new Promise<void>((resolve) => {
        const end = (): void =>
          void context.clock.after(lateMs, () => {
            for (const giveUp of waiting) giveUp();
            resolve();
          });
        if (deadline.aborted) end();
        else deadline.addEventListener('abort', end, { once: true });
      });
      await Promise.race([files.shutdown(), late]);
    },
  };
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
