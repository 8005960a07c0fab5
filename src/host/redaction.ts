import { spellingsOf } from '../contract/spellings';

/** Takes tokens out of text, by value where they are known and by their looks where they are not. */
export class Redaction {
  private readonly hidden = new Set<string>();

  /** Shorter values would blot out ordinary words. */
  hide(secret: string): void {
    if (secret.length < 6) return;
    for (const spelling of spellingsOf(secret)) this.hidden.add(spelling);
  }

  clean(text: string): string {
    let clean = text;
    for (const secret of this.hidden) clean = clean.replaceAll(secret, replacement);
    return clean
      .replace(/EAA[A-Za-z0-9]{20,}/g, replacement)
      .replace(/\bBearer\s+[A-Za-z0-9._~+/=-]+/gi, `Bearer ${replacement}`)
      .replace(/\baccess_token=[^\s&"']+/gi, `access_token=${replacement}`);
  }
}

const replacement = '[token]';
