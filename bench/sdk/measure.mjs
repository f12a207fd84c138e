/**
 * Works each of `ways` in turn, a round at a time: the median CPU nanoseconds of one call and the bytes that it
 * allocated.
 */
export function measure(ways, { calls = 20_000, rounds = 25 } = {}) {
  if (!globalThis.gc) throw new Error('run with node --expose-gc --min-semi-space-size=256 --max-semi-space-size=256');
  const results = ways.map(([name]) => ({ name, nanoseconds: [], bytes: [] }));
  for (let round = 0; round < rounds; round++)
    ways.forEach(([, work], i) => {
      globalThis.gc();
      const heap = process.memoryUsage().heapUsed;
      const began = process.cpuUsage();
      work(calls);
      const { user, system } = process.cpuUsage(began);
      results[i].nanoseconds.push(((user + system) * 1000) / calls);
      results[i].bytes.push((process.memoryUsage().heapUsed - heap) / calls);
    });
  for (const { name, nanoseconds, bytes } of results)
    console.log(
      `${name.padEnd(44)} ${median(nanoseconds).toFixed(1).padStart(8)} ns ${median(bytes).toFixed(0).padStart(7)} ` +
        `bytes`,
    );
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
