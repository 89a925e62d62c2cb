import 'reflect-metadata';
import { Test } from '@nestjs/testing';
import openapiTS, { astToString } from 'openapi-typescript';
import { openApiDocument } from '../../src/ops/openapi/document.js';
import { CONTROLLERS } from '../../src/ops/ops.module.js';

/** The OpenAPI document as `/docs-json` answers it: nothing is started for it. */
async function document() {
  const module = await Test.createTestingModule({ controllers: [...CONTROLLERS] })
    .useMocker(() => ({}))
    .compile();
  const app = module.createNestApplication({ logger: false });
  try {
    return openApiDocument(app);
  } finally {
    await app.close();
  }
}

/** The text of `docs/openapi.json`. */
export async function renderOpenApi(): Promise<string> {
  return `${JSON.stringify(await document(), null, 2)}\n`;
}

/** The types of the client, from the same document. */
export async function renderApiTypes(): Promise<string> {
  const source = structuredClone(await document());
  return `// Generated from the OpenAPI document by \`npm run docs\`. Do not change it here.\n${astToString(await openapiTS(source as never, { alphabetize: true }))}`;
}
