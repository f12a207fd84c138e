#!/usr/bin/env node
import { program } from './program.js';

process.exitCode = await program(process.argv.slice(2));
// Sockets and timers that are still open now were left behind on purpose; output gets a moment to drain.
setTimeout(() => process.exit(), 200).unref();
