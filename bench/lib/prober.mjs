// One small request after the other to a port, in a process of its own, and the longest wait since it was asked last:
// the event loop of the program did not stand longer than that.
import http from 'node:http';
import os from 'node:os';

const port = Number(process.argv[2]);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let longestMs = 0;

try {
  // It measures waits of the program, and not its own for a processor.
  os.setPriority(-10);
} catch {
  // Only root may.
}

function once() {
  const from = performance.now();
  http
    .get({ host: '127.0.0.1', port, path: '/', agent }, (response) => {
      response.resume();
      response.on('end', () => {
        longestMs = Math.max(longestMs, performance.now() - from);
        setTimeout(once, 1);
      });
    })
    .on('error', () => setTimeout(once, 10));
}

process.on('message', () => {
  process.send({ longestMs });
  longestMs = 0;
});
once();
process.send({});
