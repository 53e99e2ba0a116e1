import { errorMessage } from '@flotilla/base';
import { x509 } from './x509.js';

/** A certificate that somebody asks for (PKCS #10, RFC 2986). */
export class SigningRequest {
  readonly #parsed: x509.Pkcs10CertificateRequest;
  /** As it is asked for; undefined when no names are. */
  readonly subjectAlternativeNames: x509.SubjectAlternativeNameExtension | undefined;
  readonly #names: readonly { readonly type: string; readonly value: string }[];

  private constructor(parsed: x509.Pkcs10CertificateRequest) {
    this.#parsed = parsed;
    const names = parsed.extensions.find((extension) => extension instanceof x509.SubjectAlternativeNameExtension);
    this.#names = names?.names.items ?? [];
    this.subjectAlternativeNames = names;
  }

  /**
   * @param pem one block of type `CERTIFICATE REQUEST`
   * @throws RangeError when it cannot be read, or is not signed with the key that it is about
   */
  static async parse(pem: string): Promise<SigningRequest> {
    const body = /-----BEGIN CERTIFICATE REQUEST-----[^-]+-----END CERTIFICATE REQUEST-----/.exec(pem)?.[0];
    if (body === undefined) throw new RangeError('PEM block type must be CERTIFICATE REQUEST');
    let parsed: x509.Pkcs10CertificateRequest;
    let holdsKey: boolean;
    try {
      parsed = new x509.Pkcs10CertificateRequest(body);
      holdsKey = await parsed.verify();
    } catch (error) {
      throw new RangeError(errorMessage(error));
    }
    if (!holdsKey) throw new RangeError('x509: the signature of the request is not that of its key');
    return new SigningRequest(parsed);
  }

  get commonName(): string {
    return this.#parsed.subjectName.getField('CN')[0] ?? '';
  }

  get organizations(): readonly string[] {
    return this.#parsed.subjectName.getField('O');
  }

  get dnsNames(): readonly string[] {
    return this.#ofType('dns');
  }

  get addresses(): readonly string[] {
    return this.#ofType('ip');
  }

  get emails(): readonly string[] {
    return this.#ofType('email');
  }

  get urls(): readonly string[] {
    return this.#ofType('url');
  }

  /** For the authority that signs it. */
  get parsed(): x509.Pkcs10CertificateRequest {
    return this.#parsed;
  }

  #ofType(wanted: string): readonly string[] {
    return this.#names.filter(({ type }) => type === wanted).map(({ value }) => value);
  }
}
