// The frozen reference: a bare TCP relay. Every figure is also given as a ratio to what this costs for the same bytes.
// Do not improve it.
import net from 'node:net';

const [listen, target] = process.argv.slice(2).map(Number);
net
  .createServer((inner) => {
    const outer = net.connect(target, '127.0.0.1');
    inner.setNoDelay(true);
    outer.setNoDelay(true);
    inner.on('error', () => outer.destroy());
    outer.on('error', () => inner.destroy());
    inner.pipe(outer);
    outer.pipe(inner);
  })
  .listen(listen, '127.0.0.1', () => console.log('ready'));
