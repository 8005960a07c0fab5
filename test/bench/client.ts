/** The client against one GET after another, and the parser against JSON.parse. */
import type { BenchRun, Row } from './row';
import { curveRows } from './curves';
import { parserRows } from './parser';
import { refreshRows } from './refresh';

export async function clientRows(run: BenchRun): Promise<readonly Row[]> {
  return [...(await parserRows(run)), ...(await refreshRows(run)), ...(await curveRows(run))];
}
