import { changingAttributes } from '../../attributes/changing-attributes.js';
import type { Consumer } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import type { Host } from '../../component/lifecycle.js';
import type { Counter, Histogram, Meter } from '../../component/telemetry.js';
import { clientTls } from '../../net/tls/client.js';
import type { Config } from './config.js';
import type { AttemptOutcome } from './detection/attempts.js';
import { Detection } from './detection/detection.js';
import type { Detector, DetectorKind, DetectorServices } from './detection/detector.js';
import { keyOf, detectorKinds } from './detectors/all.js';
import { Clients } from '../../metadata/clients.js';
import { ResourceStamp } from './resource-stamp.js';
import { attributesDetected, detectorDuration, detectorResults } from './telemetry.js';

/** The machine that is described: another one in tests. */
export interface DescribedMachine {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that stands for `/`; '' for `/` itself. */
  readonly root: string;
  /** Where a fixed origin, such as `http://169.254.169.254`, is reached. Default: there. */
  readonly reach?: (origin: string) => string;
}

/** Detectors that ask nobody over HTTP. */
const local: ReadonlySet<string> = new Set([
  'azureappservice',
  'azurecontainerapps',
  'dynatrace',
  'elastic_beanstalk',
  'env',
  'heroku',
  'lambda',
  'system',
]);

const thisMachine: DescribedMachine = { env: process.env, root: '' };

/** Sets attributes of this machine in resources. All pipelines of one processor share what it detects. */
export function createResourceDetection(
  config: Config,
  context: PipelineContext,
  next: Consumer,
  machine: DescribedMachine = thisMachine,
): Processor {
  const detection = context.shared(() => detectionOf(config, context, machine));
  const stamping = changingAttributes(
    context,
    next,
    () => new ResourceStamp(config.override, () => detection.resource),
  );
  let isStarted = false;
  return Object.assign(stamping, {
    async start(host: Host) {
      isStarted = true;
      await detection.start(host);
    },
    async shutdown() {
      if (!isStarted) return;
      isStarted = false;
      await detection.stop();
    },
  });
}

function detectionOf(config: Config, context: PipelineContext, machine: DescribedMachine): Detection {
  const { id, clock, random, logger, meter, gates, buildInfo } = context;
  const { retry, timeout } = config;
  const clients = new Clients({
    proxyUrl: config.proxy_url,
    http2: config.force_attempt_http2,
    idleMs: config.idle_conn_timeout,
    keepAlive: !config.disable_keep_alives,
    mostConnections: config.max_conns_per_host,
    headers: config.headers,
    tls: clientTls(config.tls, clock, logger, true),
    clock,
    buildInfo,
    reach: machine.reach,
  });
  const services: DetectorServices = {
    clients,
    env: machine.env,
    root: machine.root,
    clock,
    random,
    logger,
    gates,
    failOnMissing: config.fail_on_missing_metadata,
  };
  const results = new Results(meter);
  return new Detection({
    id,
    detectors: config.detectors.map((name) => ({ name, detector: detectorOf(name, config, services) })),
    attemptMs: timeout,
    startMs: retry.enabled && retry.max_elapsed_time > 0 ? retry.max_elapsed_time : timeout,
    refreshMs: config.refresh_interval,
    only: config.attributes,
    retry: {
      enabled: retry.enabled,
      initialMs: retry.initial_interval,
      multiplier: retry.multiplier,
      randomization: retry.randomization_factor,
      longestMs: retry.max_interval,
    },
    clock,
    random,
    logger,
    counted: (detector, outcome) => results.count(detector, outcome),
    prepare: () => (config.detectors.every((name) => local.has(name)) ? Promise.resolve() : clients.load()),
    opened(detection) {
      const forget = meter.observe(attributesDetected, {}, () => detection.resource.attributes.size);
      return async () => {
        forget();
        await clients.close();
      };
    },
  });
}

function detectorOf(name: string, config: Config, services: DetectorServices): Detector {
  const key = keyOf(name);
  // Each kind takes the options of its own key, which the compiler does not follow through the union.
  const kind = detectorKinds[key] as DetectorKind<unknown>;
  return kind.create(config[key], services);
}

/** The series of each detector, made when they are first counted in. */
class Results {
  readonly #meter: Meter;
  readonly #series: Map<string, { readonly results: Counter; readonly duration: Histogram }> = new Map();

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  count(detector: string, outcome: AttemptOutcome): void {
    const { kind, seconds } = outcome;
    const errorType = kind === 'failure' ? outcome.errorType : '';
    const key = JSON.stringify([detector, kind, errorType]);
    let series = this.#series.get(key);
    if (!series) {
      const labels = { detector, outcome: kind };
      series = {
        results: this.#meter.counter(detectorResults, {
          ...labels,
          ...(errorType !== '' && { 'error.type': errorType }),
        }),
        duration: this.#meter.histogram(detectorDuration, labels),
      };
      this.#series.set(key, series);
    }
    series.results.add(1);
    series.duration.record(seconds);
  }
}
