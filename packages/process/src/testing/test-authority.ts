import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestSubject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  /** IP addresses and DNS names. */
  readonly hosts?: readonly string[];
}

/** A certificate and its key, as files and as PEM texts. */
export interface TestPair {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * A throw-away certificate authority for tests. What it issues is good for servers and clients, for a day; its files go when
 * the process ends. Runs `openssl`, version 3 or later.
 */
export class TestAuthority {
  /** The authority's own: its `cert` is what the other side has to trust. */
  readonly pair: TestPair;
  readonly #folder = mkdtempSync(join(root(), 'authority-'));
  #issued = 0;

  constructor(commonName = 'test authority') {
    this.pair = create(join(this.#folder, 'ca'), { commonName }, ['-addext', 'keyUsage=critical,keyCertSign,digitalSignature']);
  }

  issue(subject: TestSubject): TestPair {
    const hosts = (subject.hosts ?? []).map((host) => `${isIP(host) === 0 ? 'DNS' : 'IP'}:${host}`);
    return create(join(this.#folder, String(++this.#issued)), subject, [
      ...['-CA', this.pair.certFile, '-CAkey', this.pair.keyFile],
      ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'extendedKeyUsage=serverAuth,clientAuth'],
      ...(hosts.length === 0 ? [] : ['-addext', `subjectAltName=${hosts.join(',')}`]),
    ]);
  }
}

function create(file: string, { commonName, organizations = [] }: TestSubject, more: readonly string[]): TestPair {
  const [certFile, keyFile] = [`${file}.crt`, `${file}.key`];
  const subject = [...organizations.map((name) => `/O=${name}`), `/CN=${commonName}`].join('');
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  execFileSync('openssl', ['req', '-x509', ...newKey, '-out', certFile, '-days', '1', '-subj', subject, ...more], {
    stdio: 'pipe',
  });
  return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}

let madeRoot: string | undefined;

/** One folder for all, so that there is one listener on the process however many authorities a test makes. */
function root(): string {
  if (madeRoot !== undefined) return madeRoot;
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-tls-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  madeRoot = folder;
  return folder;
}
