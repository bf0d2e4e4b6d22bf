import { encode, type Forge, type HostileContext, type HostileToken, named } from "./forge.ts";

/** Tokens whose header names another type, another key, or a key of the sender's own (RFC 8725, sections 2.8 to 2.10 and 3.11). */
export function hostileHeaders(context: HostileContext, forge: Forge): HostileToken[] {
  return [
    ...types(forge),
    ...keyNames(context, forge),
    ...keysInside(context, forge),
    ...extras(forge),
    ...shapes(forge),
  ];
}

function types({ header, token }: Forge): HostileToken[] {
  const { typ: _typ, ...untyped } = header;
  const typs = [
    "JWT",
    "jwt",
    "at+JWT",
    "AT+JWT",
    "At+Jwt",
    "application/at+jwt",
    "at+jwt ",
    "at jwt",
    "logout+jwt",
    "",
    7,
    null,
  ];
  return [
    ...typs.map((typ) => ({ name: `typ ${JSON.stringify(typ)}`, token: token({ header: { ...header, typ } }) })),
    ...named("typ", {
      missing: token({ header: untyped }),
      "in an array": token({ header: { ...header, typ: ["at+jwt"] } }),
      "twice, the right one last": token({ header: `{"typ":"JWT",${JSON.stringify(header).slice(1)}` }),
    }),
  ];
}

function keyNames({ signingKey, otherKey }: HostileContext, { header, token }: Forge): HostileToken[] {
  const { kid: _kid, ...unnamed } = header;
  const kids = [
    "",
    "../../../../../../dev/null",
    "..%2f..%2fetc%2fpasswd",
    "file:///proc/sys/kernel/randomize_va_space",
    "http://127.0.0.1:1/jwks.json",
    "' OR '1'='1",
    "x' UNION SELECT 'key';--",
    "|id",
    "unknown",
    "__proto__",
    "constructor",
    "toString",
    "*",
    "\u0000",
    `${signingKey.kid}\u0000`,
    ` ${signingKey.kid}`,
    `${signingKey.kid}\n`,
    signingKey.kid.slice(0, -1),
    signingKey.kid.toUpperCase(),
    "k".repeat(2_000),
    0,
    1.5,
    true,
    null,
    [signingKey.kid],
    { kid: signingKey.kid },
  ];
  return [
    ...kids.map((kid) => ({
      name: `kid ${JSON.stringify(kid).slice(0, 60)}`,
      token: token({ header: { ...header, kid } }),
    })),
    ...named("kid", {
      missing: token({ header: unnamed }),
      "twice, the right one last": token({ header: `{"kid":"unknown",${JSON.stringify(header).slice(1)}` }),
      "of a stranger's key that signed it": token({
        header: { ...header, kid: otherKey.kid },
        key: otherKey.privateJwk,
      }),
      "of the trusted key, signed by another deployment's": token({ key: otherKey.privateJwk }),
      "of a stranger's key, signed by the trusted one": token({ header: { ...header, kid: otherKey.kid } }),
    }),
  ];
}

/** Each twice: signed by the stranger whose key it brings along, and by the real key, so that only the header is wrong. */
function keysInside({ otherKey }: HostileContext, { header, token }: Forge): HostileToken[] {
  const jwks = { keys: [otherKey.publicJwk] };
  const brought: Record<string, object> = {
    jwk: { jwk: otherKey.publicJwk },
    "jwk without kid": { kid: undefined, jwk: otherKey.publicJwk },
    "jwk that is symmetric": { jwk: { kty: "oct", k: encode("secret") } },
    jku: { jku: "http://127.0.0.1:1/jwks.json" },
    "jku as data": { jku: `data:application/json;base64,${Buffer.from(JSON.stringify(jwks)).toString("base64")}` },
    jwks: { jwks },
    x5u: { x5u: "http://127.0.0.1:1/certificate.pem" },
    x5c: { x5c: [Buffer.from("certificate").toString("base64")] },
    x5t: { x5t: encode("thumbprint") },
    "x5t#S256": { "x5t#S256": encode("thumbprint") },
  };
  return Object.entries(brought).flatMap(([name, members]) =>
    named(`header with ${name}`, {
      "stranger's signature": token({ header: { ...header, ...members }, key: otherKey.privateJwk }),
      "real signature": token({ header: { ...header, ...members } }),
    }),
  );
}

function extras({ header, payload, token, signed }: Forge): HostileToken[] {
  const unencoded = { ...header, b64: false, crit: ["b64"] };
  return named("header with", {
    "empty crit": token({ header: { ...header, crit: [] } }),
    "crit of an unknown name": token({ header: { ...header, crit: ["lanyard"], lanyard: true } }),
    "crit of a known name": token({ header: { ...header, crit: ["exp"] } }),
    "crit that is no list": token({ header: { ...header, crit: "b64" } }),
    "b64 false": token({ header: unencoded }),
    "b64 false without crit": token({ header: { ...header, b64: false } }),
    "b64 false and a bare payload": signed(encode(unencoded), payload),
    "b64 true in crit": token({ header: { ...header, b64: true, crit: ["b64"] } }),
    zip: token({ header: { ...header, zip: "DEF" } }),
    enc: token({ header: { ...header, enc: "A256GCM" } }),
    cty: token({ header: { ...header, cty: "JWT" } }),
    iss: token({ header: { ...header, iss: "somebody" } }),
    nonce: token({ header: { ...header, nonce: "n" } }),
    "own __proto__": token({ header: `${JSON.stringify(header).slice(0, -1)},"__proto__":{"jwk":{}}}` }),
  });
}

function shapes({ header, token }: Forge): HostileToken[] {
  const text = JSON.stringify(header);
  return named("header that is", {
    null: token({ header: null }),
    "an array": token({ header: [header] }),
    "a string": token({ header: JSON.stringify(text) }),
    "a number": token({ header: "1" }),
    empty: token({ header: {} }),
    "no JSON": token({ header: "alg=ES256" }),
    "in another order": token({ header: { kid: header.kid, typ: header.typ, alg: header.alg } }),
    "oddly spaced": token({ header: JSON.stringify(header, undefined, 1) }),
    "followed by a line break": token({ header: `${text}\n` }),
    "spelled with escapes": token({ header: text.replace('"alg"', '"\\u0061lg"') }),
    "after a byte order mark": token({ header: `\ufeff${text}` }),
    "UTF-16": token({ header: Buffer.from(text, "utf16le") }),
    "not UTF-8": token({ header: Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.of(0xff, 0x7d)]) }),
    "nested deeply": token({ header: `${"[".repeat(1_000)}${"]".repeat(1_000)}` }),
  });
}
