// One of the hosts of simulated-hosts.ts: begins in new namespaces of network, host name and mounts, which last as long
// as this process, and that as long as its stdin is open. Arguments: the name of the host; a folder whose files stand
// for those of /etc; the socket that leads to its ports.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

const [name, folder, socket] = process.argv.slice(2);
execFileSync('hostname', [name]);
execFileSync('ip', ['link', 'set', 'lo', 'up']);
for (const file of fs.readdirSync(folder))
  if (fs.existsSync(`/etc/${file}`)) execFileSync('mount', ['--bind', path.join(folder, file), `/etc/${file}`]);

// A connection first says a port in a line of its own, and leads there from then on.
net
  .createServer({ allowHalfOpen: true }, (near) => {
    near.once('readable', () => {
      let port = '';
      for (let byte = near.read(1); byte && byte[0] !== 10; byte = near.read(1)) port += byte.toString();
      const far = net.connect({ host: '127.0.0.1', port: Number(port), allowHalfOpen: true });
      near.pipe(far).pipe(near);
      near.on('error', () => far.destroy());
      far.on('error', () => near.destroy());
    });
  })
  .listen(socket, () => console.log('up'));

process.stdin.resume();
process.stdin.on('end', () => process.exit());
