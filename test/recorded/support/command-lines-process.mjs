// The process of command-lines.mjs: runs what it is sent. stdout and stderr are files.
const { program } = await import(process.argv[2]);

process.on('message', async ({ args, cwd, env }) => {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  const code = await program(args);
  // Each command listens for pipes that are closed.
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error');
  process.send({ code });
});
process.send('ready');
