import type * as viewTexts from './viewTexts';

export async function loadViewTexts(): Promise<typeof viewTexts> {
  return import('./viewTexts');
}
