import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailure, EXIT } from '../exit.js';
import { type Belongings, isAlive } from './belongings.js';

const START_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** `off` keeps no append-only file; the others say when it is forced to disk. */
export type Fsync = 'off' | 'everysec' | 'always';

export interface PrivateRedis {
  /** The path of its unix socket. */
  readonly socket: string;
  readonly child: ChildProcess;
}

/** Starts a Redis of our own on a unix socket in a folder of its own. */
export async function startPrivateRedis(
  belongings: Belongings,
  name = 'redis',
  fsync: Fsync = 'everysec',
): Promise<PrivateRedis> {
  const folder = join(belongings.folder, name);
  mkdirSync(folder);
  const socket = join(folder, 'redis.sock');
  const settings = ['--port', '0', '--unixsocket', socket, '--unixsocketperm', '700', '--dir', folder];
  const durable = fsync === 'off' ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--appendfsync', fsync];
  const child = spawn('redis-server', [...settings, '--save', '', '--maxmemory-policy', 'noeviction', ...durable], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  belongings.add(child);
  let output = '';
  const failures: NodeJS.ErrnoException[] = [];
  child.on('error', (error) => failures.push(error));
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = `${output}${chunk.toString()}`.slice(-4_000)));
  const untilMs = performance.now() + START_WITHIN_MS;
  while (performance.now() < untilMs && failures.length === 0 && isAlive(child)) {
    if (await answers(socket)) return { socket, child };
    await sleep(LOOK_EVERY_MS);
  }
  const [failure] = failures;
  if (failure?.code === 'ENOENT') throw noRedis();
  throw new CommandFailure(EXIT.unreachable, `redis-server did not start: ${failure?.message ?? output}`);
}

function noRedis(): CommandFailure {
  return new CommandFailure(
    EXIT.unreachable,
    [
      'This command needs the program redis-server (7.0 or newer), and there is none on the PATH. Install it:',
      '  Debian, Ubuntu   sudo apt-get install redis-server',
      '  macOS            brew install redis',
    ].join('\n'),
  );
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('error', () => resolve(false));
    socket.on('data', (data) => {
      socket.destroy();
      resolve(data.toString().startsWith('+PONG'));
    });
    socket.on('connect', () => socket.write('PING\r\n'));
  });
}
