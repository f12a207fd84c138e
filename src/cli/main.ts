#!/usr/bin/env node
import { systemClock } from '../component/clock.js';
import { program } from './program.js';

process.exitCode = await program(process.argv.slice(2));
// Sockets and timers that are still open now were left behind on purpose; output gets a moment to drain.
systemClock.after(200, () => process.exit());
