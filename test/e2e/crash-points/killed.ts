import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AMOUNT, CrashSetup } from './crash-setup.js';
import type { Point } from './points.js';
import { EVERY_POINT } from '../../harness/points.js';

/** What may become of the plan of a process that dies there. */
type End = 'FILLED' | 'NOT_FOUND' | 'EXPIRED';

/** Before the claim it is a question of time: the plan goes on inside its window, or it has passed. */
const POINTS: readonly (readonly [string, Point, readonly End[]])[] = [
  ['before the claim', 'before claim_permits', ['FILLED', 'EXPIRED']],
  ['between claim and send: the claim is made, its answer not read', 'after claim_permits', ['NOT_FOUND']],
  ['between claim and send: the answer is here', 'claim answered', ['NOT_FOUND']],
  ['between claim and send: before the first byte', 'before-send', ['NOT_FOUND']],
  ['during the send: half of the bytes are away', 'half-sent', ['NOT_FOUND']],
  ['during the send: all bytes are away', 'sent', ['FILLED']],
  ['between reply and result: the reply is not read', 'order answered', ['FILLED']],
  ['between reply and result: the result is not recorded', 'before record_result', ['FILLED']],
  ['between result and acknowledgement', 'after record_result', ['FILLED']],
  ['between ledger step and acknowledgement', 'after apply_fill', ['FILLED']],
  ['between settling the limits and acknowledgement', 'after settle_reservation', ['FILLED']],
];

/** `npm run test:long` goes through all points with a process that is restarted or taken over. */
/** Otherwise each kind of point comes in one of the ways, and in two where the order is at the exchange and nobody knows it. */
const POINTS_OF = {
  restarted: ['before-send', 'sent', 'after record_result'],
  'taken over': ['before claim_permits', 'before record_result'],
  'restarted with Redis': ['sent'],
} as const satisfies Readonly<Record<string, readonly Point[]>>;
/** A killed instance starts again when its leases have run out: at this point, and at each with `npm run test:long`. */
const WAITS_FOR_LEASE: Point = 'sent';

interface Recovery {
  readonly how: string;
  readonly instances: readonly string[];
  readonly recover: (setup: CrashSetup, dead: string, point: Point) => Promise<unknown>;
}

const RECOVERIES = {
  restarted: {
    how: 'goes on with the same instance, started again',
    instances: ['one'],
    recover: async (setup, dead, point) => {
      if (!EVERY_POINT && point !== WAITS_FOR_LEASE) await setup.endLeases(dead);
      await setup.start(dead);
    },
  },
  'taken over': {
    how: 'is taken over by another instance',
    instances: ['one', 'two'],
    recover: async () => undefined,
  },
  'restarted with Redis': {
    how: 'goes on with the same instance on a Redis that died too',
    instances: ['one'],
    recover: async (setup, dead) => {
      await setup.deployment.redis.kill();
      await setup.deployment.redis.start();
      await setup.start(dead);
    },
  },
} as const satisfies Readonly<Record<keyof typeof POINTS_OF, Recovery>>;

/** Kills the process of a plan at each point, and lets the plan go on in one of the ways. */
export function describeKilled(way: keyof typeof RECOVERIES): void {
  const { how, instances, recover }: Recovery = RECOVERIES[way];
  const chosen: readonly Point[] = POINTS_OF[way];
  const all = EVERY_POINT && way !== 'restarted with Redis';
  const points = POINTS.filter(([, point]) => all || chosen.includes(point));
  describe(`a plan whose process is killed ${how}`, () => {
    let setup: CrashSetup;
    /** Of the instance that was killed last; the other one goes on meanwhile. */
    let starting: Promise<void> = Promise.resolve();
    beforeAll(async () => {
      setup = await CrashSetup.create(points.length);
      await Promise.all(instances.map((id) => setup.start(id)));
      await setup.known();
    }, 200_000);
    afterAll(async () => {
      await starting;
      await setup.close();
    });

    it.each(points)(
      '%s (%s): at most one order, one result, the ledger as the fills [O8]',
      async (_when, point, ends) => {
        const scene = await setup.haltAt(point, 'SIGKILL');
        await starting;
        await recover(setup, scene.halted, point);
        const plan = await setup.settled(scene.symbol).finally(() => {
          if (instances.length > 1) starting = setup.endLeases(scene.halted).then(() => setup.start(scene.halted));
        });
        const filled = plan.state === 'FILLED';
        expect(plan).toEqual({
          state: plan.state,
          results: [{ attempt: '1', executed: filled ? 'True' : 'False' }],
          orders: filled ? [{ status: 'FILLED', executedQty: '0.05' }] : [],
          ledger: filled ? '0.05' : AMOUNT,
          exchange: filled ? '0.05' : AMOUNT,
          reservation: filled ? 'committed' : 'released',
        });
        expect(ends).toContain(plan.state);
      },
    );
  });
}
