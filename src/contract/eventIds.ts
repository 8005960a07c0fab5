/**
 * Ids of events, unique without asking anybody: what is random tells processes apart, a counter the events of one. The
 * time stands first, so that ids which come together lie together in a meter's file, however many processes send them.
 */
export function eventIds(): () => string {
  const own = crypto.randomUUID().replaceAll('-', '');
  let counter = 0;
  return () => `${Date.now().toString(36).padStart(9, '0')}-${own}-${(counter++).toString(36)}`;
}
