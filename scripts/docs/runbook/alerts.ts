import type { Alert } from './alert.js';
import { RUNNING_ALERTS } from './alerts-running.js';
import { TRADING_ALERTS } from './alerts-trading.js';

export const ALERTS: readonly Alert[] = [...TRADING_ALERTS, ...RUNNING_ALERTS];

/** From the project's root. */
export const pageOf = ({ name }: Alert): string => `docs/runbook/${name}.md`;
