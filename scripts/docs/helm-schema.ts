import { SYMBOL_FIELDS } from '../../src/config/symbols/symbol-values.js';
import { type DeclaredVariable, VARIABLES } from '../../src/config/values.js';

type Schema = Readonly<Record<string, unknown>>;

/** Set by the templates, or meaningless in a container. */
const SET_BY_CHART = new Set([
  'ROLES',
  'INSTANCE_ID',
  'APPLY_MODE',
  'ARCHIVE_DIR',
  'ARCHIVE_TO',
  'CONFIG_DIR',
  'CONTROL_STATE_DIR',
  'HTTP_HOST',
  'HTTP_PORT',
  'P33_METRICS_PORT',
  'REDIS_USERNAME',
  'REDIS_OPERATOR_USERNAME',
  'ADMIN_TOKENS_FILE',
  'PERMIT_SIGNING',
  'PERMIT_SIGNING_KEY_FILE',
  'PERMIT_TRUSTED_KEYS_FILE',
]);
const ROLE_NAMES = ['apply', 'position-brain', 'governor'];

const text: Schema = { type: 'string' };
const name: Schema = { type: 'string', minLength: 1 };
const flag: Schema = { type: 'boolean' };
const port: Schema = { type: 'integer', minimum: 1, maximum: 65_535 };
const texts: Schema = { type: 'object', additionalProperties: text };
const quantity: Schema = { type: 'string', pattern: '^[0-9]+(\\.[0-9]+)?(m|Ki|Mi|Gi)?$' };
const listOf = (items: Schema): Schema => ({ type: 'array', items });

/** Every member is known, and none is missing. */
function closed(properties: Readonly<Record<string, Schema>>, required = Object.keys(properties)): Schema {
  return { type: 'object', additionalProperties: false, properties, required };
}

const selector = closed({ matchLabels: texts }, []);
const peer = closed(
  {
    podSelector: selector,
    namespaceSelector: selector,
    ipBlock: closed({ cidr: name, except: listOf(name) }, ['cidr']),
  },
  [],
);
const peers = listOf({ ...peer, minProperties: 1 });
const amounts = closed({ cpu: quantity, memory: quantity }, ['memory']);
const toleration = closed(
  { key: text, operator: text, value: text, effect: text, tolerationSeconds: { type: 'integer' } },
  [],
);

/** Strings alone: YAML reads 1e6, 0010 and yes as something else than what was written. */
function environment(): Schema {
  const allowed = VARIABLES.filter(
    ({ name: variable, parser }) => parser.secret !== true && !SET_BY_CHART.has(variable),
  );
  return closed(
    Object.fromEntries(allowed.map((variable) => [variable.name, { ...name, description: described(variable) }])),
    [],
  );
}

function described({ meaning, parser }: DeclaredVariable): string {
  return `${meaning} Allowed: ${parser.allowed}.`;
}

function symbolValues(): Schema {
  const value = { type: ['string', 'number', 'boolean'] };
  const values = closed(Object.fromEntries(Array.from(SYMBOL_FIELDS.keys(), (field) => [field, value])), []);
  return closed({ defaults: values, symbols: { type: 'object', additionalProperties: values } }, []);
}

/** Keys for another account than the mode's would be refused by the process; here they are refused before anything is installed. */
const BY_MODE: readonly Schema[] = [
  { properties: { mode: { const: 'dry_run' } } },
  { properties: { mode: { const: 'testnet' }, account: { const: 'testnet' } } },
  { properties: { mode: { const: 'production' }, account: { const: 'production' }, signing: { const: true } } },
];

/** The text of the chart's `values.schema.json`: a value that is not known is refused, and so is a variable that does not exist. */
export function renderHelmSchema(): string {
  const variables = { $ref: '#/definitions/environment' };
  const role = closed({
    replicas: { type: 'integer', minimum: 0, maximum: 100 },
    secretName: name,
    environment: variables,
    resources: closed({ requests: amounts, limits: amounts }),
  });
  const values = closed({
    image: closed({
      repository: name,
      tag: text,
      digest: { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' },
      pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] },
      pullSecrets: listOf(name),
    }),
    mode: { enum: ['dry_run', 'testnet', 'production'] },
    account: { enum: ['testnet', 'production'] },
    signing: flag,
    environment: variables,
    symbolValues: symbolValues(),
    sentinelPassword: flag,
    certificateAuthority: closed({ configMap: text, key: name }),
    httpPort: port,
    roles: closed(Object.fromEntries(ROLE_NAMES.map((each) => [each, role]))),
    archive: closed({
      to: { enum: ['off', 'files', 'postgres'] },
      claimName: text,
      size: quantity,
      accessMode: { enum: ['ReadWriteOnce', 'ReadWriteOncePod', 'ReadWriteMany'] },
      storageClassName: text,
    }),
    controlState: closed({ size: quantity, storageClassName: text }),
    networkPolicy: closed({
      enabled: flag,
      apiFrom: peers,
      metricsFrom: peers,
      redisTo: { ...peers, minItems: 1 },
      redisPorts: { ...listOf(port), minItems: 1 },
      archiveTo: { ...peers, minItems: 1 },
      archivePort: port,
      dnsTo: { ...peers, minItems: 1 },
      accountTo: peers,
      pricesTo: peers,
      exchangePort: port,
    }),
    monitoring: closed({ serviceMonitor: flag, prometheusRule: flag, labels: texts }),
    podLabels: texts,
    podAnnotations: texts,
    nodeSelector: texts,
    tolerations: listOf(toleration),
    priorityClassName: text,
    // Helm passes what parent charts set for all of theirs.
    global: { type: 'object' },
  });
  const { required, ...rest } = values as Schema & { readonly required: readonly string[] };
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart permit-gate',
    $comment: 'Generated from src/config by `npm run docs`. Change it there, not in this file.',
    ...rest,
    required: required.filter((member) => member !== 'global'),
    oneOf: BY_MODE,
    definitions: { environment: environment() },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
