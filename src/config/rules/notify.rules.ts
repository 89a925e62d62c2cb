import { fault, NOT_SET, type ConfigFault } from '../fault.js';
import type { VariableName } from '../values.js';
import { rule, together } from './rule.js';

const EMAIL = ['NOTIFY_SMTP_URL', 'NOTIFY_EMAIL_FROM', 'NOTIFY_EMAIL_TO'] as const satisfies readonly VariableName[];

export const notifyRules = [
  together('NOTIFY_TELEGRAM_TOKEN', 'NOTIFY_TELEGRAM_CHAT'),
  together('NOTIFY_WEBHOOK_URL', 'NOTIFY_WEBHOOK_SECRET'),

  rule(
    'E-mail needs `NOTIFY_SMTP_URL`, `NOTIFY_EMAIL_FROM` and `NOTIFY_EMAIL_TO`; the sender is one address.',
    ['notifySmtpUrl', 'notifyEmailFrom', 'notifyEmailTo'],
    ({ given, notifyEmailFrom }) => {
      const set = EMAIL.filter((name) => given.has(name));
      const missing = set.length === 0 ? [] : EMAIL.filter((name) => !given.has(name));
      const allowed = `a value, because ${set.join(' and ')} ${set.length === 1 ? 'is' : 'are'} set; or none of the three`;
      return [
        ...missing.map((name): ConfigFault => fault(name, NOT_SET, allowed)),
        (notifyEmailFrom?.length ?? 1) === 1 ||
          fault('NOTIFY_EMAIL_FROM', `${notifyEmailFrom?.length} addresses`, 'one address'),
      ];
    },
  ),
];
