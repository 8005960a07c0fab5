/** The business account of a meter's flows, whatever their real one is. */
import { meterBusinessAccountId } from '../domain/account';
import { metaZone } from '../contract/calendar';
import type { BusinessAccountRecord } from './metricStore';

/** Meta numbers time zones; 0 is one that it does not know. */
export function meterBusinessAccount(zone: string): BusinessAccountRecord {
  const id = meterBusinessAccountId;
  return { id, fields: { id, name: 'Meter', timezone_id: zone === metaZone ? '1' : '0' } };
}
