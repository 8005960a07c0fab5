/** The zone in which the server cuts its days, in words. */
import { dateInZone, metaZone, startOfDay } from '../src/contract/calendar';
import type { Formats } from '../src/presentation/formats';
import type { PanelSnapshot } from '../src/presentation/panelProtocol';
import { snapshotClock } from './chartData';
import { texts } from './texts';

export function zoneName(zone: string): string {
  return zone === metaZone ? texts.pacific : zone.replaceAll('_', ' ');
}

/** "A day runs from midnight to midnight US Pacific (08:00 in your time zone)." */
export function dayBegins(snapshot: PanelSnapshot, formats: Formats): string {
  const { zone } = snapshot.source;
  const begin = startOfDay(dateInZone(snapshotClock(snapshot), zone), zone);
  return texts.dayBegins(zoneName(zone), formats.clock(begin));
}
