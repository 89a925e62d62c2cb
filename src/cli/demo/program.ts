import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Belongings } from './belongings.js';

/** The built program, as a path for `node`. */
export const MAIN = fileURLToPath(new URL('../../main.js', import.meta.url));

const SHOWN_LINES = 8;

export interface RunningProgram {
  readonly child: ChildProcess;
  readonly logFile: string;
  /** The end of its log, for the message when it fails. */
  readonly lastLines: () => string;
}

/**
 * Starts one command of this program as a process of its own. It gets the given variables and nothing of ours but the
 * path: keys and settings of the machine must not find their way into the demo. stdout is a pipe with `pipeOutput`, and
 * otherwise goes to the log file with stderr.
 */
export function startProgram(
  belongings: Belongings,
  name: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
  pipeOutput = false,
): RunningProgram {
  const logFile = join(belongings.folder, `${name}.log`);
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: belongings.folder,
    env: { PATH: process.env['PATH'] ?? '', ...variables },
    stdio: ['ignore', pipeOutput ? 'pipe' : log, log],
  });
  closeSync(log);
  belongings.add(child);
  return {
    child,
    logFile,
    lastLines: () => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-SHOWN_LINES).join('\n'),
  };
}

/** A TCP port on loopback that was free just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
