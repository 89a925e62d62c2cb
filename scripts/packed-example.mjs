// @ts-check
/** Runs the example of docs/strategy-client.md against a gate that was installed from a package, in a folder with nothing else. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WITHIN_MS = 60_000;

/**
 * @param {string} folder where the package is installed
 * @param {Record<string, string | undefined>} env
 * @returns {Promise<string>} the line that the example prints
 * @throws {Error} if anything of it fails
 */
export async function runPackedExample(folder, env) {
  /** @type {import('node:child_process').ChildProcess[]} */
  const children = [];
  /** @param {string} command @param {string[]} args @param {Record<string, string>} [more] */
  const start = (command, args, more = {}) => {
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    children.push(child);
    return { child, line: lines(child) };
  };
  try {
    compileExample(folder);
    const socket = join(folder, 'redis.sock');
    start('redis-server', ['--port', '0', '--unixsocket', socket, '--maxmemory-policy', 'noeviction', '--dir', folder]);
    const paper = start('npx', ['permit-gate', 'paper-exchange', '--port', '0', '--position', 'BTCUSDT=0.010']);
    const { rest_url: exchange } = JSON.parse(await paper.line('rest_url'));
    const token = newToken(folder, env);
    const port = await freePort();
    const gate = start('npx', ['permit-gate', 'serve'], {
      APPLY_MODE: 'testnet',
      REDIS_URL: `unix://${socket}`,
      EXCHANGE_REST_URL: exchange,
      BINANCE_TESTNET_API_KEY: 'paper-api-key',
      BINANCE_TESTNET_API_SECRET: 'paper-api-secret',
      ADMIN_TOKENS_FILE: 'tokens.json',
      HTTP_PORT: String(port),
      P33_METRICS_PORT: '0',
    });
    await gate.line('HTTP listening');
    const url = `http://127.0.0.1:${port}`;
    await ready(url);
    const example = start(process.execPath, ['example.js'], { GATE_URL: url, GATE_TOKEN: token, CELL_REDIS: socket });
    const printed = await example.line(' ');
    return printed;
  } finally {
    // npx does not pass a signal on: each child leads a group.
    for (const { pid, exitCode } of children.toReversed())
      if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGTERM');
  }
}

/**
 * @param {string} folder
 * @param {Record<string, string | undefined>} env
 * @returns {string}
 */
function newToken(folder, env) {
  const args = [
    'permit-gate',
    'token',
    'create',
    '--name',
    'strategy',
    '--role',
    'viewer',
    '--out',
    'tokens.json',
    '--json',
  ];
  const { stdout, stderr, status } = spawnSync('npx', args, { cwd: folder, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npx ${args.join(' ')} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout).token;
}

/**
 * Compiles it as a strategy would, against the types of the package.
 *
 * @param {string} folder
 */
function compileExample(folder) {
  const page = readFileSync(join(ROOT, 'docs/strategy-client.md'), 'utf8');
  const [, example] = /```ts\n([\s\S]*?)```/.exec(page) ?? [];
  if (example === undefined) throw new Error('docs/strategy-client.md has no example');
  writeFileSync(join(folder, 'example.ts'), example);
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
  const resolve = createRequire(import.meta.url).resolve;
  const types = dirname(resolve('@types/node/package.json'));
  const args = [
    '--strict',
    '--target',
    'es2023',
    '--module',
    'nodenext',
    '--typeRoots',
    dirname(types),
    '--types',
    'node',
    'example.ts',
  ];
  const { status, stdout } = spawnSync(process.execPath, [resolve('typescript/bin/tsc'), ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the example of docs/strategy-client.md does not compile:\n${stdout}`);
}

/**
 * The first line of a child's output with a text in it.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
function lines(child) {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (/** @type {Buffer} */ chunk) => (output += chunk.toString()));
  return async (/** @type {string} */ text) => {
    const untilMs = performance.now() + WITHIN_MS;
    for (;;) {
      const found = output
        .split('\n')
        .slice(0, -1)
        .find((line) => line.includes(text));
      if (found !== undefined) return found;
      if (child.exitCode !== null || performance.now() > untilMs)
        throw new Error(`no line with ${JSON.stringify(text)}:\n${output}`);
      await sleep(50);
    }
  };
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/** @param {string} url */
async function ready(url) {
  const untilMs = performance.now() + WITHIN_MS;
  for (;;) {
    const response = await fetch(`${url}/health/ready`);
    const text = await response.text();
    if (response.ok) return;
    if (performance.now() > untilMs) throw new Error(`${url} is not ready: ${text}`);
    await sleep(100);
  }
}
