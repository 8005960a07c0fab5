import { createSqliteEngine } from './sqlite/sqliteEngine';
import type { EngineOptions, StoreEngine } from './storeEngine';

/** The only place that chooses an engine. */
export function createEngine(options: EngineOptions): StoreEngine {
  return createSqliteEngine(options);
}
