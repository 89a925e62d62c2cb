#!/usr/bin/env node
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from './cli/exit.js';
import { run } from './cli/run.js';

const LAST_WORDS_AT_MOST_MS = 1_000;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A closed pipe (`permit-gate plans | head`) is not an error.
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  process.stderr.write(`Standard output could not be written: ${error.message}\n`);
  process.exit(EXIT.notHolding);
});
// It cannot be reported anywhere; the exit code still says how the command ended.
process.stderr.on('error', () => undefined);

// Without a handler Node opens its inspector on this signal, which can read every secret of the process.
process.on('SIGUSR1', () => void process.stderr.write('SIGUSR1 is ignored: it would open the inspector of Node.\n'));

const exitCode = await run(process.argv);
// Open handles of a failed command must not keep the process alive; its output must be written before it ends. A pager
// reads standard output slowly; a slow reader of standard error must not keep the process alive either.
await written(process.stdout);
await Promise.race([written(process.stderr), sleep(LAST_WORDS_AT_MOST_MS)]);
process.exit(exitCode);

async function written(stream: NodeJS.WriteStream): Promise<void> {
  // Even an empty write fails on a full disk.
  if (stream.writableLength === 0) return;
  await new Promise<void>((resolve) => stream.write('', () => resolve()));
}
