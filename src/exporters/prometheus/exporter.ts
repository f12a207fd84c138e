import type { Exporter, SignalContext } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { FailureStatus } from '../../component/failure-status.js';
import { resultInTurns } from '../../component/turn.js';
import { sendFailed, sent } from '../../delivery/metrics.js';
import { guarded } from '../../intake/http/guard.js';
import { HttpServer } from '../../net/http/server.js';
import { serverTls } from '../../net/tls/server.js';
import type { Batch } from '../../otlp/batch.js';
import { resultAtOnce } from '../../otlp/work.js';
import type { LabelRules } from '../../prometheus/label-rules.js';
import { resourceLabels } from '../../prometheus/resource-labels.js';
import { nameRules } from '../../prometheus/strategy.js';
import { NewestPoints } from './newest-points.js';
import type { Config } from './config.js';
import { Expiry } from './expiry.js';
import { NotShownLog } from './not-shown-log.js';
import type { NotShown } from './outcome.js';
import { page } from './page.js';
import { Scrapes } from './scrapes.js';
import { SeriesStore } from './series-store.js';
import { expiredSeries, refusedScrapes, seriesCount, seriesMemory } from './telemetry.js';

/** Points that are taken within a turn of the event loop, some milliseconds if all of them are new. */
const mostAtOnce = 1000;

/** Shows the newest value of every series on a page that Prometheus scrapes. */
export function createExporter(config: Config, context: SignalContext): Exporter {
  const { id, signal, clock, logger, meter } = context;
  const books = context.ledger.component(id, signal);
  const sentPoints = meter.counter(sent(signal), { exporter: id });
  const failedPoints = meter.counter(sendFailed(signal), { exporter: id });
  const share = context.budget.share(`${context.kind} ${id}`);
  const store = new SeriesStore(share);
  const points = new NewestPoints(store, labelRules(config), clock);
  const expiry = new Expiry(store, clock, config.metric_expiration, meter.counter(expiredSeries, { exporter: id }));
  const log = new NotShownLog(logger);
  const scrapes = new Scrapes(
    clock,
    meter.counter(refusedScrapes, { exporter: id }),
    config.enable_open_metrics,
    ({ format, escaping }) =>
      page(store, format, { escaping, timestamps: config.send_timestamps }, (series) => expiry.isExpired(series)),
  );
  let server: HttpServer | undefined;
  let stopObserving: readonly (() => void)[] = [];
  /** Batches are taken one after the other, in the order in which they came. */
  let turn: Promise<void> = Promise.resolve();
  let waiting = 0;

  const take = (batch: Batch): void | Promise<void> => {
    const dropped = new Map<NotShown, number>();
    const taking = points.taking(batch, (reason, metric) => {
      dropped.set(reason, (dropped.get(reason) ?? 0) + 1);
      log.add(reason, metric);
    });
    const fail = (error: unknown): never => {
      books.held(-batch.itemCount, 'page');
      books.returned(batch.itemCount, 'internal_error');
      throw DeliveryError.from(error);
    };
    const book = (stored: number): void => {
      books.held(-batch.itemCount, 'page');
      books.out(stored);
      sentPoints.add(stored);
      for (const [reason, points] of dropped) books.dropped(points, reason);
      if (stored < batch.itemCount) failedPoints.add(batch.itemCount - stored);
      expiry.schedule();
    };
    if (batch.itemCount > mostAtOnce) return resultInTurns(taking).then(book, fail);
    let stored: number;
    try {
      stored = resultAtOnce(taking);
    } catch (error) {
      return fail(error);
    }
    return book(stored);
  };

  /** In this turn, unless there is much to do. */
  const takeNow = async (batch: Batch): Promise<void> => take(batch);

  return {
    async start(host) {
      if (!config.add_metric_suffixes)
        logger.warn(
          'add_metric_suffixes has no effect: use translation_strategy: UnderscoreEscapingWithoutSuffixes instead',
        );
      const handler = guarded(config, host, (request, response) => scrapes.respond(request, response));
      server = new HttpServer(config, config.tls && serverTls(config.tls, clock, logger), handler, clock);
      await server.listen(new FailureStatus(clock, (event) => host.report(event)));
      const labels = { exporter: id };
      stopObserving = [
        meter.observe(seriesCount, labels, () => store.size),
        meter.observe(seriesMemory, labels, () => store.bytes),
      ];
    },
    consume(batch) {
      if (batch.itemCount === 0) return Promise.resolve();
      books.in(batch.itemCount);
      books.held(batch.itemCount, 'page');
      waiting++;
      const taken = (waiting > 1 ? turn.then(() => take(batch)) : takeNow(batch)).finally(() => waiting--);
      turn = taken.catch(() => {});
      return taken;
    },
    async shutdown(deadline) {
      await turn;
      for (const stop of stopObserving) stop();
      await server?.close(deadline);
      expiry.stop();
      store.clear();
      share.close();
    },
  };
}

function labelRules(config: Config): LabelRules {
  return {
    names: nameRules(config.translation_strategy, config.namespace),
    collisions: 'refuse',
    dropEmpty: false,
    scope: config.without_scope_info ? 'none' : 'all',
    fixed: Object.entries(config.const_labels),
    fromResource: resourceLabels(config),
    targetInfo: 'both',
  };
}
