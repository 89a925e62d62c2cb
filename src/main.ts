#!/usr/bin/env node
import { run } from './cli/run.js';

// A reader that went away (`permit-gate plans | head`) has seen what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const exitCode = await run(process.argv);
// What a command that failed has left open must not keep the process; what it wrote must be out before it ends.
process.stdout.write('', () => process.exit(exitCode));
