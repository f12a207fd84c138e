import type { Consumer } from '../../component/consumer.js';
import type { SignalContext } from '../../component/define.js';
import { compileOperators } from '../../entries/compile.js';
import { FileReceiver } from '../../files/file-receiver.js';
import type { LineWriter } from '../../files/line-writer.js';
import { encodingOf } from '../../files/tail-options.js';
import { CommonAttributes } from './common-attributes.js';
import type { Config } from './config.js';
import { OperatedLines } from './operated-lines.js';
import { RawLines } from './raw-lines.js';
import { staticValues } from './static-values.js';

/** Reads log files (docs/spec/agent.md#file-log). */
export function fileLog(config: Config, context: SignalContext, next: Consumer): FileReceiver {
  const writer = (): LineWriter => writerFor(config, context);
  return new FileReceiver(config, context, next, { writer, storageName: '', replays: false });
}

function writerFor(config: Config, context: SignalContext): LineWriter {
  const { logger, ledger, id } = context;
  const attributes = staticValues(config.attributes);
  const resource = staticValues(config.resource);
  const chain = compileOperators(config.operators, context);
  const common = new CommonAttributes(config, attributes.fixed);
  const encoding = encodingOf(config);
  if (chain.isEmpty && attributes.variable.length === 0 && resource.variable.length === 0)
    return new RawLines(config, common, resource.fixed, encoding);
  const books = ledger.receiver(id, 'logs');
  return new OperatedLines(config, {
    chain,
    common,
    attributes,
    resource,
    encoding,
    logger,
    ledger: books,
  });
}
