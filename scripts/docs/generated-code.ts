import { renderApiTypes } from './openapi.js';
import { renderReasonTexts } from './reasons.js';
import { renderScriptTable, SCRIPT_TABLE } from './redis-scripts.js';

/** Code that is generated. It comes before the pages, which are rendered from the code. */
export const FILES: Readonly<Record<string, () => string | Promise<string>>> = {
  [SCRIPT_TABLE]: renderScriptTable,
  'src/client/api.generated.ts': renderApiTypes,
  'src/console/reasons.generated.ts': renderReasonTexts,
};
