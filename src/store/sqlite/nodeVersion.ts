import { MeterError } from '../meterStore';

/** Throws where that version of Node has no `node:sqlite` without a flag: before 22.13, and from 23.0 to 23.3. */
export function checkNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const able = major > 23 || (major === 23 && minor >= 4) || (major === 22 && minor >= 13);
  if (able) return;
  throw new MeterError(
    'node',
    `A meter needs Node 22.13 or later, for its SQLite; this is Node ${version}. Everything else runs on Node 20.`,
  );
}
