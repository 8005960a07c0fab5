/** Takes tokens out of text, by value where they are known and by their looks where they are not. */
export class Redaction {
  private readonly hidden = new Set<string>();

  /** Shorter values would blot out ordinary words. */
  hide(secret: string): void {
    if (secret.length < 6) return;
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
      this.hidden.add(form);
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
