#!/usr/bin/env node
import { program } from './program.js';

process.exitCode = await program(process.argv.slice(2));
// Whatever still holds a socket or a timer now was left behind on purpose; output gets a moment to drain.
setTimeout(() => process.exit(), 200).unref();
