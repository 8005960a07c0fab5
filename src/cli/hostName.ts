/** A name under which a server may be called, as it is given in an argument. */
import { UsageError } from './command';

const nameShape = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

/** The name as it stands in requests; throws a `UsageError` for what none of them could hold. */
export function hostName(option: string, text: string): string {
  const isIpv6 = /^\[?[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*\]?$/i.test(text);
  const refuse = (): UsageError =>
    new UsageError(
      `${option} must be a host's name or address alone, such as meter.example.com. It holds for any ` +
        'port, so none is given; and no https:// or path, no *, no blanks.',
    );
  if (!isIpv6 && /[^\p{L}\p{M}\p{N}_.-]/u.test(text)) throw refuse();
  const written = isIpv6 ? `[${text.replace(/^\[|\]$/g, '')}]` : text.replace(/\.$/, '');
  if (!URL.canParse(`http://${written}`)) throw refuse();
  // Clients write the name as URLs do: in lower case, with other letters than ASCII encoded.
  const { hostname } = new URL(`http://${written}`);
  if (hostname.length > 253 || !(isIpv6 || nameShape.test(hostname))) throw refuse();
  return hostname;
}
