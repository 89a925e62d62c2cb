import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { Cell, render } from '../kubernetes/cell.js';
import { objectsOf, ofKind } from '../kubernetes/manifest.js';
import { cannotRunPods, type Pod } from '../kubernetes/pod.js';

/** `npm run test:long` sets it. */
const EVERY_COPY = process.env['EVERY_COPY'] === '1';
/** docs/operations.md. */
const ENDS_WITHIN_MS = 10_000;
const LOAD_SEC = 30;
const PROPOSE_EVERY_MS = 200;
const MIB = 1_024;

const hindrance = cannotRunPods();
if (hindrance !== undefined) process.stderr.write(`The rendered pods are not run: ${hindrance}\n`);

describe.skipIf(hindrance !== undefined)('the rendered pods', () => {
  let begun: Cell | undefined;
  afterEach(() => begun?.close());

  async function beginWithoutRedis(cell: Cell): Promise<void> {
    await Promise.all(cell.pods.map((pod) => pod.started()));
    expect(new Set(await cell.probes('livenessProbe'))).toEqual(new Set([200]));
    expect(new Set(await cell.probes('readinessProbe'))).toEqual(new Set([503]));
    for (const pod of cell.pods) {
      const held = ['Uid', 'CapEff', 'CapBnd', 'NoNewPrivs'].map((name) => pod.status(name));
      expect(held).toEqual(['1000\t1000\t1000\t1000', '0000000000000000', '0000000000000000', '1']);
      expect([pod.mountOptions('/')[0], pod.mountOptions('/etc/permit-gate/secrets')[0]]).toEqual(['ro', 'ro']);
    }
    await cell.server.start();
    await Promise.all(cell.pods.map((pod) => pod.ready()));
  }

  async function endAll(cell: Cell): Promise<void> {
    for (const { code, tookMs } of await Promise.all(cell.pods.map((pod) => pod.end())))
      expect([code, Math.min(tookMs, ENDS_WITHIN_MS)]).toEqual([0, tookMs]);
  }

  it('wait for Redis, carry a plan out, keep a stop that Redis cannot take, and end on SIGTERM within their time', async () => {
    const cell = (begun = await Cell.begin({ copies: 1, tls: false, position: '0.010' }));
    await beginWithoutRedis(cell);
    await cell.propose('PARTIAL_50');
    await cell.pod('permit-gate-apply-0').logged('Result published (executed=True, error=)');
    const orders = cell.exchange.records().orders.map(({ status, executedQty }) => [status, executedQty]);
    expect(orders).toEqual([['FILLED', '0.005']]);
    // One of the pods writes the archive, on the volume that all of them mount.
    await eventually(() => archived(cell).some((line) => line.startsWith('{"kind":"result"')) || undefined, 20_000);

    // Without Redis no pod is ready; none is restarted, and the kill switch works.
    await cell.server.end();
    const isDown = async (): Promise<boolean> =>
      (await cell.probes('readinessProbe')).every((status) => status === 503);
    await eventually(async () => (await isDown()) || undefined, 10_000);
    expect(await cell.probes('livenessProbe')).toEqual([200, 200, 200]);
    // The call answers when Redis has the stop, or after ten seconds; the pods end before that.
    const call = cell.call('PUT', 'kill-switch', { engaged: true, reason: 'a test' }).catch((error: unknown) => error);
    await eventually(() => readdirSync(cell.pod('permit-gate-apply-0').volume).length > 0 || undefined);
    await endAll(cell);
    await call;
  });

  it.runIf(EVERY_COPY)(
    'two of each role carry plans out under load with TLS to Redis, within their memory limits',
    async () => {
      const limits = { GOV_MAX_EXEC_PER_HOUR: '100000', GOV_MAX_EXEC_PER_5MIN: '100000', P33_COOLDOWN_SEC: '0' };
      const environment = { ...limits, GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1000000000' };
      const cell = (begun = await Cell.begin({ copies: 2, tls: true, position: '1000', environment }));
      await beginWithoutRedis(cell);
      const cpuBefore = cell.pods.map((pod) => pod.cpuSec());
      const sent = (LOAD_SEC * 1_000) / PROPOSE_EVERY_MS;
      for (let count = 0; count < sent; count += 1) {
        await cell.propose('CLOSE_PCT', { close_pct: '0.1', proposal_id: `load-${count}` });
        await sleep(PROPOSE_EVERY_MS);
      }
      expect(cell.exchange.records().orders.length).toBeGreaterThan(sent / 4);
      for (const [index, pod] of cell.pods.entries()) {
        const peakKiB = Number(pod.status('VmHWM').split(' ')[0]);
        const cores = (pod.cpuSec() - (cpuBefore[index] ?? 0)) / LOAD_SEC;
        process.stdout.write(`${pod.name}: at most ${Math.round(peakKiB / MIB)} Mi, ${cores.toFixed(2)} cores\n`);
        expect(peakKiB).toBeLessThan(limitMi(pod) * MIB);
      }
      await endAll(cell);
    },
    200_000,
  );
});

it('an archive in a database is an address in the Secret of each role, and a way to it', () => {
  const ports = (values: readonly string[]): (number | undefined)[] =>
    ofKind(objectsOf(render(...values)), 'NetworkPolicy').map(
      ({ spec }) => spec.egress.flatMap((rule) => rule.ports).find(({ port }) => port === 5432)?.port,
    );
  expect(ports([])).toEqual([undefined, undefined, undefined]);
  const values = ['--set', 'archive.to=postgres'];
  expect(ports(values)).toEqual([5432, 5432, 5432]);
  for (const set of ofKind(objectsOf(render(...values)), 'StatefulSet')) {
    const [container] = set.spec.template.spec.containers;
    const archive = container?.env.filter(({ name }) => name.startsWith('ARCHIVE_'));
    expect(archive).toEqual([
      { name: 'ARCHIVE_POSTGRES_URL_FILE', value: '/etc/permit-gate/secrets/archive-url' },
      { name: 'ARCHIVE_TO', value: 'postgres' },
    ]);
    expect(container?.volumeMounts.map(({ name }) => name)).not.toContain('archive');
  }
});

function archived({ archive }: Cell): string[] {
  const files = readdirSync(archive).filter((name) => name.endsWith('.jsonl'));
  return files.flatMap((name) => readFileSync(join(archive, name), 'utf8').split('\n'));
}

function limitMi({ container }: Pod): number {
  return Number(/^(\d+)Mi$/.exec(container.resources.limits.memory)?.[1]);
}
