const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a bundle, each as PEM; what stands around them is passed over. */
export function certificateBlocks(pem: string): readonly string[] {
  return pem.match(block) ?? [];
}
