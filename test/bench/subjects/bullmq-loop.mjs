// @ts-check
/**
 * The same shape as flows of BullMQ, in one process: `bullmq-loop.mjs <redis socket>`. A proposal becomes a job `apply` with one child
 * for each issuer; it runs when both children have completed, and writes the result. It checks nothing.
 */
import { FlowProducer, Worker } from 'bullmq';
import { Redis } from 'ioredis';

const [path = ''] = process.argv.slice(2);
const STREAM = process.env['PROPOSAL_STREAM'] ?? '';
const RESULTS = process.env['RESULT_STREAM'] ?? '';
const CONCURRENCY = 200;
const connect = () => new Redis({ path, maxRetriesPerRequest: null });
const GONE = { removeOnComplete: true, removeOnFail: true };

const redis = connect();
const reading = connect();
const flows = new FlowProducer({ connection: connect() });
const issue = (/** @type {string} */ issuer) =>
  new Worker(
    issuer,
    async ({ data }) => {
      const evidence = await redis.hmget(`quantum:position:snapshot:${data.symbol}`, 'position_amt', 'mark_price');
      return { granted: true, plan_id: data.plan_id, evidence };
    },
    { connection: connect(), concurrency: CONCURRENCY },
  );
const workers = [
  issue('governor'),
  issue('p33'),
  new Worker(
    'apply',
    async (job) => {
      const permits = Object.keys(await job.getChildrenValues()).length;
      const [error, executed] = permits === 2 ? ['', 'True'] : ['permit_missing', 'False'];
      await redis.xadd(
        RESULTS,
        'MAXLEN',
        '~',
        20_000,
        '*',
        'plan_id',
        job.data.plan_id,
        'error',
        error,
        'executed',
        executed,
      );
    },
    { connection: connect(), concurrency: CONCURRENCY },
  ),
];
for (const worker of workers) {
  worker.on('error', (error) => process.stderr.write(`${error.message}\n`));
  await worker.waitUntilReady();
}
await redis.xgroup('CREATE', STREAM, 'apply', '$', 'MKSTREAM');
process.stdout.write(`${JSON.stringify({ msg: 'ready' })}\n`);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(0));

/** @param {string} id @param {readonly string[]} flat */
async function take(id, flat) {
  /** @type {Record<string, string>} */
  const fields = {};
  for (let index = 0; index < flat.length; index += 2) fields[flat[index] ?? ''] = flat[index + 1] ?? '';
  const { proposal_id: planId = '', ...rest } = fields;
  const job = { name: 'plan', data: { plan_id: planId, ...rest }, opts: GONE };
  await flows.add({
    ...job,
    queueName: 'apply',
    children: ['governor', 'p33'].map((queueName) => ({ ...job, queueName })),
  });
  await redis.xack(STREAM, 'apply', id);
}

for (;;) {
  const reply = /** @type {[string, [string, string[]][]][] | null} */ (
    await reading.xreadgroup('GROUP', 'apply', 'bullmq', 'COUNT', 200, 'BLOCK', 1_000, 'STREAMS', STREAM, '>')
  );
  for (const [id, flat] of reply?.[0]?.[1] ?? []) void take(id, flat);
}
