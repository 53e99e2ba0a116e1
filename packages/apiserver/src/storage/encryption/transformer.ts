/** How values of one resource lie in the store. The key of a value is authenticated with it, so that no value can be moved to another key. */
export interface Transformer {
  /** @returns the value to store, by the first provider */
  toStorage(value: Uint8Array, key: Uint8Array): Uint8Array;
  /** @throws Error when no provider can read it, or it has been tampered with */
  fromStorage(stored: Uint8Array, key: Uint8Array): Decrypted;
}

interface Decrypted {
  readonly value: Uint8Array;
  /** Another key or provider than today's wrote it: it should be written again. */
  readonly stale: boolean;
}

/** One way to encrypt, with its keys; the first writes and all read. */
export interface Provider {
  /** What its values begin with, before the name of the key; empty: it leaves them as they are. */
  readonly prefix: string;
  readonly keys: readonly ProviderKey[];
}

export interface ProviderKey {
  readonly name: string;
  seal(value: Uint8Array, key: Uint8Array): Uint8Array;
  /** @throws Error when it does not fit */
  open(sealed: Uint8Array, key: Uint8Array): Uint8Array;
}

const anyEncryption = Buffer.from('k8s:enc:');

/** @param providers the first is the one that writes */
export function transformerOf(providers: readonly Provider[]): Transformer {
  const [writer] = providers;
  const prefixes = new Map(providers.map((provider) => [provider, Buffer.from(provider.prefix)]));
  return {
    toStorage(value, key) {
      const [first] = writer?.keys ?? [];
      if (writer === undefined || first === undefined) return value;
      return Buffer.concat([Buffer.from(`${writer.prefix}${first.name}:`), first.seal(value, key)]);
    },
    fromStorage(stored, key) {
      const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
      for (const provider of providers) {
        const prefix = prefixes.get(provider) ?? anyEncryption;
        if (prefix.length === 0) {
          if (!startsWith(bytes, anyEncryption)) return { value: stored, stale: provider !== writer };
        } else if (startsWith(bytes, prefix)) {
          return openWith(provider, bytes.subarray(prefix.length), key, provider === writer);
        }
      }
      throw new Error('no matching prefix found');
    },
  };
}

function openWith(provider: Provider, named: Buffer, key: Uint8Array, isWriter: boolean): Decrypted {
  const colon = named.indexOf(':');
  const name = named.subarray(0, Math.max(colon, 0)).toString('utf8');
  // Two keys may have one name, while one of them is being replaced.
  let failure: unknown = new Error('no matching key was found for the provided prefix');
  for (const [i, candidate] of provider.keys.entries()) {
    if (candidate.name !== name) continue;
    try {
      return { value: candidate.open(named.subarray(colon + 1), key), stale: !isWriter || i > 0 };
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function startsWith(bytes: Buffer, prefix: Buffer): boolean {
  return bytes.length >= prefix.length && bytes.subarray(0, prefix.length).equals(prefix);
}
