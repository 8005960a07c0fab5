import { escapedEncoding, hasEscapes, secretEncodings } from '../../util/secretEncodings';

/** Takes tokens out of text, by value where they are known and by their looks where they are not. */
export class Redaction {
  /** The longest first: one that stands within another would leave the rest of it. */
  private hidden: readonly string[] = [];
  private readonly escaped = new Map<string, RegExp>();

  /** Shorter values would blot out ordinary words. */
  hide(secret: string): void {
    if (secret.length < 6) return;
    this.escaped.set(secret, escapedEncoding(secret));
    const hidden = new Set([...this.hidden, ...secretEncodings(secret)]);
    this.hidden = [...hidden].sort((a, b) => b.length - a.length);
  }

  /** One line without secrets, of a length that a person reads. */
  line(text: string): string {
    return this.beginning(text).replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ');
  }

  /** As `line` for each line, the later ones indented: none of them can pass for an entry of its own. */
  lines(text: string): string {
    const lines = this.beginning(text).split(/\r\n|[\r\n]/);
    return lines.map((line) => this.line(line)).join('\n    ');
  }

  /** The text without secrets. It is cut after redaction, since half a secret is not recognized. */
  private beginning(text: string): string {
    const clean = this.clean(text.slice(0, searchedLength));
    if (text.length <= searchedLength) return clean.slice(0, longestLine);
    const halves = this.hidden.flatMap((secret) => {
      for (let length = secret.length - 1; length > 0; length--) {
        if (clean.endsWith(secret.slice(0, length))) return length;
      }
      return 0;
    });
    return clean.slice(0, Math.min(longestLine, clean.length - Math.max(0, ...halves)));
  }

  clean(text: string): string {
    let clean = text;
    for (const secret of this.hidden) clean = clean.replaceAll(secret, replacement);
    if (hasEscapes(clean)) for (const escaped of this.escaped.values()) clean = clean.replace(escaped, replacement);
    return clean
      .replace(/EAA[A-Za-z0-9]{20,}/g, replacement)
      .replace(/\bBearer\s+[A-Za-z0-9._~+/=-]+/gi, `Bearer ${replacement}`)
      .replace(/\baccess_token=[^\s&"']+/gi, `access_token=${replacement}`);
  }
}

const replacement = '[token]';
const longestLine = 4_000;
/** Text beyond this length is not examined. */
const searchedLength = 2 * longestLine;
