import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: object }>> }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Record<string, unknown>>> };
}

const ROOT = 'openapi';
const document = JSON.parse(
  readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8').replaceAll(
    '"#/components/',
    `"${ROOT}#/components/`,
  ),
) as Document;
// What the document does not name is a fault of the document.
for (const schema of Object.values(document.components.schemas)) schema['additionalProperties'] ??= false;
const ajv = new Ajv2020({ strict: false, allErrors: true }).addSchema(document, ROOT);
const checks = new Map<string, ValidateFunction>();

/** Throws when an answer of the API is not what `docs/openapi.json` says of it, member by member. */
export function demandDocumented(method: string, url: string, status: number, body: unknown): void {
  const path = new URL(url, 'http://localhost').pathname;
  const schema = schemaOf(method.toLowerCase(), path, status);
  if (schema === undefined) return;
  const name = JSON.stringify(schema);
  const check = checks.get(name) ?? ajv.compile(schema);
  checks.set(name, check);
  if (check(body)) return;
  const faults = check.errors?.map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
  throw new Error(
    `${method} ${path} answered ${status} with what docs/openapi.json does not say: ${faults?.join('; ')}\n${JSON.stringify(body)}`,
  );
}

function schemaOf(method: string, path: string, status: number): object | undefined {
  if (!path.startsWith('/api/v1/')) return undefined;
  // What no handler answers is a problem as well.
  if (status >= 400) return { $ref: `${ROOT}#/components/schemas/ProblemAnswer` };
  const template = Object.keys(document.paths).find((each) => matches(each, path));
  const response = document.paths[template ?? '']?.[method]?.responses[String(status)];
  if (response === undefined)
    throw new Error(`docs/openapi.json says nothing of ${method} ${path} answering ${status}`);
  return response.content?.['application/json']?.schema;
}

function matches(template: string, path: string): boolean {
  const [wanted, given] = [template.split('/'), path.split('/')];
  return wanted.length === given.length && wanted.every((part, at) => part.startsWith('{') || part === given[at]);
}
