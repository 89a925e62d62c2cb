import { renderCommandsPage } from './commands.js';
import { renderConfigurationPage, renderEnvExample } from './configuration.js';
import { renderHelmSchema } from './helm-schema.js';
import { renderHttpApiPage } from './http-api.js';
import { renderMetricsPage } from './metrics.js';
import { renderNotificationsPage } from './notifications.js';
import { renderOpenApi } from './openapi.js';
import { renderPreviousSettingsPage } from './previous-settings.js';
import { renderReasonsPage } from './reasons.js';
import { renderRefusalsPage } from './refusals.js';
import { renderRedisKeysPage } from './redis-keys.js';
import { renderRedisScriptsPage } from './redis-scripts.js';
import { SYSTEMD_UNITS } from './systemd-units.js';
import { renderDashboard } from './runbook/dashboard.js';
import { RUNBOOK } from './runbook/pages.js';
import { renderChartAlerts, renderRules, renderRuleTests } from './runbook/rules.js';
import { renderUsersFile } from '../../src/redis/scripts/acl/users.js';

/** Every generated file but the code, by its path from the project's root, and what its text must be. */
export const FILES: Readonly<Record<string, () => string | Promise<string>>> = {
  '.env.example': renderEnvExample,
  'docker/helm/permit-gate/values.schema.json': renderHelmSchema,
  'docker/grafana/permit-gate.json': renderDashboard,
  'docker/helm/permit-gate/alerts.yaml': renderChartAlerts,
  'docker/prometheus/alerts.test.yml': renderRuleTests,
  'docker/prometheus/alerts.yml': renderRules,
  'docker/redis/users.acl': () => renderUsersFile('quantum:'),
  ...SYSTEMD_UNITS,
  'docs/commands.md': renderCommandsPage,
  'docs/configuration.md': renderConfigurationPage,
  'docs/http-api.md': renderHttpApiPage,
  'docs/metrics.md': renderMetricsPage,
  'docs/notifications.md': renderNotificationsPage,
  'docs/openapi.json': renderOpenApi,
  'docs/previous-settings.md': renderPreviousSettingsPage,
  'docs/reasons.md': renderReasonsPage,
  'docs/refusals.md': renderRefusalsPage,
  'docs/redis-keys.md': renderRedisKeysPage,
  'docs/redis-scripts.md': renderRedisScriptsPage,
  ...RUNBOOK,
};
