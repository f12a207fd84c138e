// Ratio samplers on 100,000 random trace IDs, against the threshold of OpenTelemetry's specification (`ot=th`).
import { randomBytes } from 'node:crypto';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base';
import { samplerOf } from '../../dist/telemetry/tracing/sampler.js';

const count = 100_000;

export function run() {
  for (const ratio of [0.5, 0.1]) {
    const samplers = {
      ours: samplerOf({ trace_id_ratio_based: { ratio } }),
      'sdk-trace-base': fromSdk(new TraceIdRatioBasedSampler(ratio)),
    };
    const threshold = BigInt(Math.round((1 - ratio) * 2 ** 56));
    for (const [name, sampled] of Object.entries(samplers)) {
      let kept = 0;
      let specified = 0;
      for (let i = 0; i < count; i++) {
        const traceId = randomBytes(16).toString('hex');
        if (BigInt(`0x${traceId.slice(18)}`) < threshold) continue;
        specified++;
        if (sampled(undefined, traceId)) kept++;
      }
      console.log(`ratio ${ratio}, ${name}: samples ${kept} of the ${specified} traces that the threshold samples`);
    }
  }
}

function fromSdk(sampler) {
  return (_parent, traceId) => sampler.shouldSample(ROOT_CONTEXT, traceId).decision === 2;
}
