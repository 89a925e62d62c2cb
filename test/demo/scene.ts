import type { Stage } from './stage.js';

/** One thing the demo shows. It throws when what it sees differs from what it must be. */
export interface Scene {
  readonly title: string;
  play(stage: Stage): Promise<void>;
}

/** Positions at the start, one symbol a scene: their limits and cooldowns stay apart. */
export const POSITIONS = {
  BTCUSDT: '0.010',
  SOLUSDT: '12.0',
  LINKUSDT: '50.0',
  DOGEUSDT: '2000',
  ETHUSDT: '0.500',
  '1000SHIBUSDT': '40000',
} as const;

/** Shorter than usual, so that nobody has to wait; everything else is at its default. */
export const SETTINGS = {
  P33_COOLDOWN_SEC: '2',
  P33_POLL_SEC: '0.5',
  GOV_DISARM_ON_BURST_BREACH: 'true',
} as const;
