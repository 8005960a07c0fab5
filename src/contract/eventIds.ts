/** Ids of events, unique without asking anybody: what is random tells processes apart, a counter the events of one. */
export function eventIds(): () => string {
  const prefix = crypto.randomUUID();
  let counter = 0;
  return () => `${prefix}-${(counter++).toString(36)}`;
}
