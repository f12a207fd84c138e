import type { Consumer } from '../../component/consumer.js';
import type { SignalContext } from '../../component/define.js';
import { FileReceiver } from '../../files/file-receiver.js';
import { encodingOf } from '../../files/tail-options.js';
import type { Config } from './config.js';
import { RequestWriter } from './request-writer.js';
import { unreadableLines } from './telemetry.js';

/** Reads files of which each line is a request of OTLP in JSON (docs/spec/agent.md#file-exporter). */
export function otlpJsonFile(config: Config, context: SignalContext, next: Consumer): FileReceiver {
  const { signal, clock, logger, meter, id } = context;
  return new FileReceiver(config, context, next, {
    writer: () =>
      new RequestWriter(config, {
        signal,
        encoding: encodingOf(config),
        clock,
        logger,
        unreadable: meter.counter(unreadableLines, { receiver: id }),
      }),
    // The pipelines of several signals may name the same receiver, and each of them reads all lines.
    storageName: signal,
    replays: config.replay_file,
  });
}
