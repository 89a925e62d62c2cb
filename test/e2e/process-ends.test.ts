import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import type { Program } from '../harness/program.js';
import { TestDeployment } from '../harness/test-deployment.js';

let deployment: TestDeployment;
const gates: Record<string, [Program, string]> = {};
const open: Socket[] = [];
beforeAll(async () => {
  deployment = await TestDeployment.create();
  const start = async (id: string): Promise<void> => {
    gates[id] = await deployment.serve({ INSTANCE_ID: id });
  };
  await Promise.all([start('SIGTERM'), start('SIGHUP')]);
});
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});
afterAll(() => deployment.close());

function gateFor(signal: string): [Program, string] {
  const gate = gates[signal];
  if (gate === undefined) throw new RangeError(`no process was started for ${signal}`);
  return gate;
}

async function connected(url: string, text: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  // The process cuts it.
  socket.on('error', () => undefined);
  open.push(socket);
  await once(socket, 'connect');
  if (text !== '') socket.write(text);
  return socket;
}

it('on SIGUSR1 a process goes on and opens no inspector', async () => {
  const [program, url] = gateFor('SIGTERM');
  program.child.kill('SIGUSR1');
  await eventually(() => `${program.stdout}${program.stderr}`.includes('SIGUSR1 is ignored') || undefined);
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
  expect(program.stderr).not.toContain('Debugger');
});

it.each(['SIGTERM', 'SIGHUP'] as const)(
  'on %s a process ends drained within 10 s, with idle connections and half-sent requests open [C13]',
  async (signal) => {
    const [program, url] = gateFor(signal);
    await connected(url, '');
    await connected(url, 'GET /health/live HTTP/1.1\r\nHost: gate\r\n');
    await connected(url, 'PUT /api/v1/kill-switch HTTP/1.1\r\nHost: gate\r\nContent-Length: 400\r\n\r\n{"engaged"');
    const keptAlive = await connected(url, 'GET /health/live HTTP/1.1\r\nHost: gate\r\nConnection: keep-alive\r\n\r\n');
    await once(keptAlive, 'data');
    const startedMs = performance.now();
    const { code, stdout } = await program.stop(signal);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    const messages = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages.slice(-2)).toEqual(['stopping', 'stopped']);
    expect(code).toBe(0);
  },
);
