// A component that holds a cluster's objects is measured by their number: RSS after the first list, its peak, the time
// until all are known, and CPU and RSS while some change.
import fs from 'node:fs';
import path from 'node:path';
import { freePorts, program, usage } from './process.mjs';

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

export async function listed({ workload, folder, commands, progress }) {
  const { pods, changes, seconds, settleSeconds, memoryLimitsMiB } = workload.listed;
  const results = [];
  for (const limit of memoryLimitsMiB)
    for (const [name, command] of commands) {
      const runs = [];
      for (const count of pods) {
        progress(`${workload.name}: ${name}, ${count} objects, ${limit} MiB`);
        const beside = await workload.beside(folder, count);
        const [sink, grpcPort, httpPort, metricsPort] = await freePorts(4);
        const file = path.join(folder, `${workload.name}-${limit}-${count}.yaml`);
        const sinks = [{ grpc: sink }];
        fs.writeFileSync(file, JSON.stringify(workload.config({ sinks, beside, grpcPort, httpPort, metricsPort })));
        const [executable, ...args] = command.replaceAll('{config}', file).split(' ');
        const began = performance.now();
        const subject = await program(executable, args, grpcPort, { KANMON_MEMORY_LIMIT_MIB: String(limit) });
        const startSeconds = (performance.now() - began) / 1000;
        const synced = usage(subject.pid);
        await pause(settleSeconds);
        const settled = usage(subject.pid);
        await beside.change(changes);
        await pause(seconds);
        const changed = usage(subject.pid);
        runs.push({ count, startSeconds, synced, settled, changed });
        await subject.stop();
        beside.stop();
      }
      const [first, last] = [runs[0], runs.at(-1)];
      const perObject = (pick) => ((pick(last) - pick(first)) * 2 ** 20) / (last.count - first.count);
      results.push({
        listed: true,
        ...{ workload: workload.name, name, limit, objects: last.count, changes },
        startSeconds: last.startSeconds - first.startSeconds,
        startCpu: last.synced.cpu - first.synced.cpu,
        residentMiB: [first, last].map(({ settled }) => settled.residentMiB),
        bytesPerObject: perObject(({ settled }) => settled.residentMiB),
        peakBytesPerObject: perObject(({ settled }) => settled.peakMiB),
        changedBytesPerObject: perObject(({ changed }) => changed.peakMiB),
        share: ((last.changed.cpu - last.settled.cpu) / seconds) * 100,
      });
    }
  return results;
}
