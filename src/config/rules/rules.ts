import { archiveRules } from './archive.rules.js';
import { exchangeRules } from './exchange.rules.js';
import { notifyRules } from './notify.rules.js';
import { productionRules } from './production.rules.js';
import { redisRules } from './redis.rules.js';
import type { Rule } from './rule.js';
import { signingRules } from './signing.rules.js';
import { thresholdRules } from './threshold.rules.js';

/** What several variables must meet together, in the order of the documentation page. */
export const RULES: readonly Rule[] = [
  ...thresholdRules,
  ...redisRules,
  ...exchangeRules,
  ...signingRules,
  ...notifyRules,
  ...archiveRules,
  ...productionRules,
];
