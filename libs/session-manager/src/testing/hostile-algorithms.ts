import { constants, createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { encode, type Forge, type HostileContext, type HostileToken, named, partsOf } from "./forge.ts";

/** Tokens that ask for another algorithm than the key's (RFC 8725, section 2.1). */
export function hostileAlgorithms(context: HostileContext, forge: Forge): HostileToken[] {
  return [
    ...withoutSignature(forge),
    ...macWithPublicKey(context, forge),
    ...otherAlgorithms(forge),
    ...lyingHeaders(forge),
  ];
}

function withoutSignature({ header, payload, token }: Forge): HostileToken[] {
  const [, , genuineSignature] = partsOf(token());
  return ["none", "None", "NONE", "nOnE", "none ", " none", "none\u0000", "", "null"].flatMap((alg) => {
    const input = `${encode({ ...header, alg })}.${encode(payload)}`;
    return named(`alg ${JSON.stringify(alg)}`, {
      "empty signature": `${input}.`,
      "two parts": input,
      "another token's signature": `${input}.${genuineSignature}`,
      "signed with the real key": token({ header: { ...header, alg } }),
    });
  });
}

function macWithPublicKey({ signingKey }: HostileContext, { header, payload }: Forge): HostileToken[] {
  const { kty, crv, x, y } = signingKey.publicJwk;
  const publicKey = createPublicKey({ key: { kty, crv, x, y }, format: "jwk" });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const secrets: Record<string, string | Buffer> = {
    PEM: pem,
    "PEM without the last line break": pem.trimEnd(),
    "PEM body": pem.replaceAll(/-----[A-Z ]+-----|\n/g, ""),
    "SPKI DER": publicKey.export({ type: "spki", format: "der" }),
    "JWK as published": JSON.stringify(signingKey.publicJwk),
    "JWK as hashed": JSON.stringify({ crv, kty, x, y }),
    "raw point": Buffer.concat([Buffer.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]),
    "x coordinate": Buffer.from(x, "base64url"),
    kid: signingKey.kid,
    nothing: "",
  };
  const mac = (alg: string, digest: string, secret: string | Buffer): string => {
    const input = `${encode({ ...header, alg })}.${encode(payload)}`;
    return `${input}.${createHmac(digest, secret).update(input).digest("base64url")}`;
  };
  return Object.entries(secrets).flatMap(([name, secret]) =>
    named(`MAC keyed by the public key (${name})`, {
      HS256: mac("HS256", "sha256", secret),
      HS512: mac("HS512", "sha512", secret),
      "64 bytes under alg ES256": mac("ES256", "sha512", secret),
    }),
  );
}

/** Signed for real under another algorithm, by a key of the attacker's own. */
function otherAlgorithms({ header, payload }: Forge): HostileToken[] {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const pss = { key: rsa, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const curve = (namedCurve: string) => ({
    key: generateKeyPairSync("ec", { namedCurve }).privateKey,
    dsaEncoding: "ieee-p1363" as const,
  });
  const edwards = generateKeyPairSync("ed25519").privateKey;
  const other = (alg: string, digest: string | undefined, key: KeyObject | Parameters<typeof sign>[2]): string => {
    const input = `${encode({ ...header, alg })}.${encode(payload)}`;
    return `${input}.${encode(sign(digest, Buffer.from(input), key))}`;
  };
  return named("signed by a stranger's key", {
    RS256: other("RS256", "sha256", rsa),
    RS512: other("RS512", "sha512", rsa),
    PS256: other("PS256", "sha256", pss),
    ES384: other("ES384", "sha384", curve("P-384")),
    ES512: other("ES512", "sha512", curve("P-521")),
    ES256K: other("ES256K", "sha256", curve("secp256k1")),
    "secp256k1 under alg ES256": other("ES256", "sha256", curve("secp256k1")),
    EdDSA: other("EdDSA", undefined, edwards),
    Ed25519: other("Ed25519", undefined, edwards),
    "Ed25519 under alg ES256": other("ES256", undefined, edwards),
  });
}

/** Signed with ES256 and the real key, whatever the header says: the header alone has to give them away. */
function lyingHeaders({ header: { alg: _alg, ...rest }, header, token }: Forge): HostileToken[] {
  const algs = ["RS256", "ES384", "ES512", "EdDSA", "HS256", "es256", "ES256 ", "Es256", "dir", 256, null, true];
  return [
    ...algs.map((alg) => ({
      name: `really signed, but alg ${JSON.stringify(alg)}`,
      token: token({ header: { ...header, alg } }),
    })),
    ...named("really signed, but alg", {
      missing: token({ header: rest }),
      "in an array": token({ header: { ...header, alg: ["ES256"] } }),
      "in an array after none": token({ header: { ...header, alg: ["none", "ES256"] } }),
      "in an object": token({ header: { ...header, alg: { toString: "ES256" } } }),
      "named in other case": token({ header: { Alg: "ES256", ...rest } }),
      "first none, then ES256": token({ header: `{"alg":"none",${JSON.stringify(header).slice(1)}` }),
      "first ES256, then none": token({ header: `${JSON.stringify(header).slice(0, -1)},"alg":"none"}` }),
    }),
  ];
}
