#!/usr/bin/env node
import { run } from './cli/run.js';

// A reader that went away (`permit-gate plans | head`) has seen what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run(process.argv);
