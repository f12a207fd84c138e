import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { config, grpcTo } from '../lib/config.mjs';

/** On a real disk: `BENCH_STORAGE` names a folder where that of temporary files is in memory. */
const folder = fs.mkdtempSync(path.join(process.env.BENCH_STORAGE ?? os.tmpdir(), 'kanmon-bench-storage-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));

const kept = (name, storage) => ({
  name,
  programs: [
    {
      name: 'gateway',
      config: ({ encoding, sinks, next: _next, ...ports }) => {
        const queue = storage ? { sending_queue: { storage: 'file_storage' } } : {};
        const made = config({ ...ports, exporters: { otlp_grpc: { ...grpcTo(sinks[0].grpc, encoding), ...queue } } });
        if (!storage) return made;
        const directory = path.join(folder, String(ports.grpcPort));
        return {
          ...made,
          extensions: { file_storage: { directory, create_directory: true, ...storage } },
          service: { ...made.service, extensions: ['file_storage'] },
        };
      },
    },
  ],
});

/** A queue on disk, with each setting of `fsync`, beside one in memory. */
export const workload = {
  name: 'persistent-queue',
  protocol: 'grpc',
  encodings: ['none'],
  sinks: 1,
  chains: [kept('memory'), kept('disk', { fsync: false }), kept('disk, fsync', { fsync: true })],
  base: 'memory',
};
