import { createSqliteEngine } from './sqlite/sqliteEngine';
import type { EngineOptions, StoreEngine } from './storeEngine';

/** The only place that names an engine: a second one is chosen here, by its options. */
export function createEngine(options: EngineOptions): StoreEngine {
  return createSqliteEngine(options);
}
