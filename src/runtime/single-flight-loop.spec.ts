import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SingleFlightLoop } from './single-flight-loop.js';

const EVERY_MS = 500;

describe('a loop', () => {
  const problems: string[] = [];
  const loops: SingleFlightLoop[] = [];
  const loopOf = (task: () => Promise<void>, everyMs = EVERY_MS): SingleFlightLoop => {
    const loop = new SingleFlightLoop('a walk', everyMs, task, (what, error) =>
      problems.push(`${what}: ${String(error)}`),
    );
    loops.push(loop);
    return loop;
  };
  /** Rounds of a task that takes so long, by when they began. */
  const timed = (tookMs = 0): { readonly beganMs: number[]; readonly task: () => Promise<void> } => {
    const beganMs: number[] = [];
    const task = async (): Promise<void> => {
      beganMs.push(performance.now());
      if (tookMs > 0) await new Promise((resolve) => setTimeout(resolve, tookMs));
    };
    return { beganMs, task };
  };

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'], now: 0 });
    problems.length = 0;
  });
  afterEach(async () => {
    const stopped = Promise.all(loops.splice(0).map((loop) => loop.stop()));
    await vi.advanceTimersByTimeAsync(3 * EVERY_MS);
    await stopped;
    vi.useRealTimers();
  });

  it('begins at once, and then whenever the clock is a multiple of its period', async () => {
    await vi.advanceTimersByTimeAsync(120);
    const { beganMs, task } = timed();
    loopOf(task).start();
    await vi.advanceTimersByTimeAsync(1_900);
    expect(beganMs).toEqual([120, 500, 1_000, 1_500, 2_000]);
  });

  it('wakes the process together with others, whenever they were started', async () => {
    const often = timed();
    const seldom = timed();
    loopOf(often.task).start();
    await vi.advanceTimersByTimeAsync(333);
    loopOf(seldom.task, 2 * EVERY_MS).start();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(often.beganMs).toEqual(expect.arrayContaining(seldom.beganMs.slice(1)));
    expect(seldom.beganMs.slice(1)).toEqual([1_000, 2_000, 3_000, 4_000]);
  });

  it('rests for half a period at least, also after a round that took long', async () => {
    const { beganMs, task } = timed(300);
    loopOf(task).start();
    await vi.advanceTimersByTimeAsync(2_100);
    expect(beganMs).toEqual([0, 1_000, 2_000]);
  });

  it('never has two rounds at once', async () => {
    let open = 0;
    let most = 0;
    const loop = loopOf(async () => {
      most = Math.max(most, (open += 1));
      await new Promise((resolve) => setTimeout(resolve, 3 * EVERY_MS));
      open -= 1;
    });
    loop.start();
    for (let round = 0; round < 20; round += 1) {
      await vi.advanceTimersByTimeAsync(EVERY_MS / 2);
      loop.wake();
    }
    expect(most).toBe(1);
  });

  it('reports a failed round and goes on', async () => {
    let rounds = 0;
    loopOf(() => {
      rounds += 1;
      return rounds === 1 ? Promise.reject(new Error('no answer')) : Promise.resolve();
    }).start();
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(rounds).toBe(2);
    expect(problems).toEqual(['a walk failed: Error: no answer']);
  });

  it('is woken before its time, and keeps to the clock afterwards', async () => {
    const { beganMs, task } = timed();
    const loop = loopOf(task);
    loop.start();
    await vi.advanceTimersByTimeAsync(200);
    loop.wake();
    await vi.advanceTimersByTimeAsync(800);
    expect(beganMs).toEqual([0, 200, 500, 1_000]);
  });

  it('stops at once while it rests', async () => {
    const { beganMs, task } = timed();
    const loop = loopOf(task);
    loop.start();
    await vi.advanceTimersByTimeAsync(100);
    await loop.stop();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(beganMs).toEqual([0]);
  });

  it('is late when its rounds take or fail for longer than it is allowed', async () => {
    const loop = loopOf(() => Promise.reject(new Error('no answer')));
    loop.start();
    await vi.advanceTimersByTimeAsync(7_000);
    expect(loop.health()).toEqual({ name: 'a walk', idleMs: 7_000, allowedIdleMs: 6_500 });
  });
});
