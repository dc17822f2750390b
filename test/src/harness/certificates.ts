import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY = 24 * 60 * 60_000;

x509.cryptoProvider.set(webcrypto as Crypto);

/** Keys and certificates in PEM: an authority, and two certificates for 127.0.0.1 of which one has expired. */
export async function makeCertificates() {
  const authorityKeys = await newKeys();
  const now = Date.now();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Test authority",
    keys: authorityKeys,
    notBefore: new Date(now - 30 * DAY),
    notAfter: new Date(now + 30 * DAY),
    signingAlgorithm: ALGORITHM,
    extensions: [new x509.BasicConstraintsExtension(true, 1, true)],
  });
  const issue = async (from: number, to: number) => {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: "CN=127.0.0.1",
      issuer: authority.subject,
      publicKey: keys.publicKey,
      signingKey: authorityKeys.privateKey,
      notBefore: new Date(now + from * DAY),
      notAfter: new Date(now + to * DAY),
      signingAlgorithm: ALGORITHM,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }])],
    });
    const der = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
    return { cert: certificate.toString("pem"), key: x509.PemConverter.encode(der, "PRIVATE KEY") };
  };
  return {
    authority: authority.toString("pem"),
    valid: await issue(-1, 20),
    expired: await issue(-10, -1),
  };
}

async function newKeys(): Promise<CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"])) as CryptoKeyPair;
}
