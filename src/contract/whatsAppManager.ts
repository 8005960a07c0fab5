/** WhatsApp Manager, as Meta's guides link to it; a person signs in there, and no token goes along. */
export const whatsAppManager = 'https://business.facebook.com/wa/manage/';

/** Its list of flows. Meta documents no address of a single flow. `waba_id` names the account; where it is not read it does no harm. */
export function flowsInManager(businessAccountId?: string): string {
  const list = `${whatsAppManager}flows/`;
  return businessAccountId === undefined ? list : `${list}?waba_id=${businessAccountId}`;
}
