const sequence = 0x30;
const objectIdentifier = 0x06;
/** 2.5.4.10, organizationName. */
const organizationName = Buffer.from([0x55, 0x04, 0x0a]);

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

/**
 * The organizations of the subject that a certificate is asked for: Kubernetes' groups.
 * @param pem a PKCS #10 request
 * @returns undefined when it cannot be read
 */
export function requestedOrganizations(pem: string): readonly string[] | undefined {
  const body = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([^-]+)-----END/.exec(pem)?.[1];
  if (body === undefined) return undefined;
  try {
    const [request] = elements(Buffer.from(body, 'base64'));
    const [info] = elements(contentOf(request));
    const [, subject] = elements(contentOf(info)); // the version comes first
    return elements(contentOf(subject))
      .flatMap((set) => elements(set.content))
      .flatMap((attribute) => {
        const [type, value] = elements(attribute.content);
        const isOrganization = type?.tag === objectIdentifier && type.content.equals(organizationName);
        return isOrganization && value !== undefined ? [value.content.toString('utf8')] : [];
      });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function contentOf(element: Element | undefined): Buffer {
  if (element?.tag !== sequence) throw new RangeError('not a sequence');
  return element.content;
}

/** The elements of DER, one after the other. @throws RangeError when one reaches beyond the end */
function elements(bytes: Buffer): readonly Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes.readUInt8(at);
    const first = bytes.readUInt8(at + 1);
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
    const start = at + 2 + lengthBytes;
    if (start + length > bytes.length) throw new RangeError('beyond the end');
    found.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}
