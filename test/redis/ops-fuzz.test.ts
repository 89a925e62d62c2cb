import { createHash, randomInt } from 'node:crypto';
import { request } from 'node:http';
import type { OpenAPIObject } from '@nestjs/swagger';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { seeded } from './apply-support.js';
import { type FuzzedCall, fuzzedCall, operationsOf } from './ops-fuzz-calls.js';
import { OpsApp, TOKENS, writeUnknown } from './ops-support.js';

const CALLS = Number(process.env['FUZZ_HTTP_CALLS'] ?? 300);
const SEED = Number(process.env['FUZZ_SEED'] ?? randomInt(1, 2 ** 31));
/** The limit is 200 a second for a token. */
const MS_PER_CALL = 6;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

let ops: OpsApp;
beforeAll(async () => {
  ops = await OpsApp.start({ socket: inject('redisSocket') });
  await writeUnknown(ops);
  const { redis, keys } = ops;
  await redis.xadd(
    keys.deadLetters(),
    '1-1',
    'stream',
    'apply.plan',
    'group',
    'p33',
    'entry_id',
    '1-1',
    'reason',
    'x',
    'fields',
    '{}',
  );
  await redis.hset(keys.snapshot('BTCUSDT'), { position_amt: '0.010', mark_price: '60000', ts_ms: String(Date.now()) });
});
afterAll(async () => {
  await ops.clear();
  await ops.close();
});

/** Without a client's own ideas about paths, methods and bodies. */
function send({ method, path, headers, body }: FuzzedCall): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${ops.url}/`, {
      method,
      path,
      headers: {
        ...headers,
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
        authorization: `Bearer ${TOKENS.admin}`,
        connection: 'close',
      },
      timeout: 20_000,
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer to ${method} ${path.slice(0, 200)}`)));
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      let text = '';
      const status = incoming.statusCode ?? 0;
      const type = incoming.headers['content-type'] ?? '';
      // A stream of events does not end by itself.
      if (type.startsWith('text/event-stream')) {
        resolve({ status, type, text });
        outgoing.destroy();
        return;
      }
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => (text += chunk));
      incoming.on('end', () => resolve({ status, type, text }));
    });
    outgoing.end(body);
  });
}

/** What is stored, but for what reading and refused calls write as well: the audit, stored answers, and what is known of Redis itself. */
async function stored(): Promise<Map<string, string>> {
  const { redis, keys } = ops;
  const beside = [keys.probe('ops-test'), keys.server()];
  const names = (await redis.keys(`${ops.environment.redisKeyPrefix}*`)).filter(
    (key) => !beside.includes(key) && !/:idempotency:|audit/.test(key),
  );
  const dumps = await Promise.all(names.map((name) => redis.dumpBuffer(name)));
  return new Map(
    names.map((name, index) => [
      name,
      createHash('sha256')
        .update(dumps[index] ?? '')
        .digest('hex'),
    ]),
  );
}

const changed = (before: Map<string, string>, after: Map<string, string>): string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));

it(
  `${CALLS} odd calls of every operation: no 5xx, every refusal is a problem, nothing changes unasked`,
  async () => {
    process.stdout.write(`http fuzz: FUZZ_SEED=${SEED} FUZZ_HTTP_CALLS=${CALLS}\n`);
    const random = seeded(SEED);
    const document = (await ops.call('GET', '/docs-json')).body as OpenAPIObject;
    const operations = operationsOf(document);
    expect(operations.length).toBeGreaterThan(25);
    const control = [ops.keys.killSwitch(), ops.keys.arm()];
    const faults: unknown[] = [];
    let before = await stored();
    for (let index = 0; index < CALLS && faults.length < 5; index += 1) {
      const startedMs = performance.now();
      const call = fuzzedCall(operations, random);
      const answer = await send(call);
      const after = await stored();
      const touched = changed(before, after);
      before = after;
      const isRead = ['GET', 'HEAD', 'OPTIONS'].includes(call.method);
      const isHealth = call.path.startsWith('/health/');
      const isControl = /^\/api\/v1\/(kill-switch|arm|disarm)\b/.test(call.path);
      const wrong = [
        answer.status >= 500 && !(isHealth && answer.status === 503) && 'a failure of the server',
        answer.status >= 400 &&
          !isHealth &&
          call.method !== 'HEAD' &&
          !isProblem(answer) &&
          'a refusal that is no problem',
        (isRead || answer.status >= 400) && touched.length > 0 && `a change: ${touched.join(', ')}`,
        !isControl && touched.some((key) => control.includes(key)) && 'control state has changed',
      ].filter((each) => each !== false);
      if (wrong.length > 0)
        faults.push({
          index,
          wrong,
          call: { ...call, path: call.path.slice(0, 300), body: String(call.body).slice(0, 200) },
          answer: { ...answer, text: answer.text.slice(0, 400) },
          logged: ops.logged.at(-1)?.slice(0, 800),
        });
      const restMs = MS_PER_CALL - (performance.now() - startedMs);
      if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    }
    expect(faults, `FUZZ_SEED=${SEED}`).toEqual([]);
  },
  60_000 + CALLS * 100,
);

function isProblem({ status, type, text }: Answer): boolean {
  if (!type.startsWith('application/problem+json')) return false;
  const problem = JSON.parse(text) as Record<string, unknown>;
  return (
    problem['status'] === status &&
    [problem['type'], problem['title'], problem['detail']].every((each) => typeof each === 'string' && each !== '')
  );
}
