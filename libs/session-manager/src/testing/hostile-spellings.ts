import { deflateRawSync } from "node:zlib";
import { CompactEncrypt, importJWK } from "jose";
import { encode, type Forge, type HostileContext, type HostileToken, named, partsOf } from "./forge.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Genuine content in another spelling: were one of these accepted, one token would have two names. */
export async function hostileSpellings(context: HostileContext, forge: Forge): Promise<HostileToken[]> {
  return [
    ...payloads(forge),
    ...repeatedClaims(context, forge),
    ...looseEncodings(forge),
    ...wrongParts(forge),
    ...(await otherForms(context, forge)),
    ...sizes(forge),
  ];
}

function payloads({ claims, payload, header, token }: Forge): HostileToken[] {
  const withRole = (role: Uint8Array): Buffer => {
    const [before = "", after = ""] = JSON.stringify({ ...claims, roles: ["@"] }).split('"@"');
    return Buffer.concat([Buffer.from(`${before}"`), role, Buffer.from(`"${after}`)]);
  };
  const reversed = Object.fromEntries(Object.entries(claims).reverse());
  return named("payload", {
    null: token({ payload: null }),
    "an array of claims": token({ payload: [claims] }),
    "the values alone": token({ payload: Object.values(claims) }),
    "a string": token({ payload: JSON.stringify(payload) }),
    "a number": token({ payload: "1" }),
    true: token({ payload: "true" }),
    "an empty object": token({ payload: {} }),
    empty: token({ payload: "" }),
    "no JSON": token({ payload: "sub=admin" }),
    "arrays nested deeply": token({ payload: `${"[".repeat(1_200)}${"]".repeat(1_200)}` }),
    "objects nested deeply": token({ payload: `${'{"a":'.repeat(400)}1${"}".repeat(400)}` }),
    "roles nested deeply": token({
      payload: payload.replace('"roles":', `"roles":${"[".repeat(600)}${"]".repeat(600)},"r":`),
    }),
    "after a byte order mark": token({ payload: `\ufeff${payload}` }),
    "after a space": token({ payload: ` ${payload}` }),
    "before a line break": token({ payload: `${payload}\n` }),
    "before a NUL": token({ payload: `${payload}\u0000` }),
    "before a second object": token({ payload: `${payload}{}` }),
    "with spaces inside": token({ payload: payload.replaceAll(",", ", ") }),
    "printed prettily": token({ payload: JSON.stringify(claims, undefined, 1) }),
    "with a trailing comma": token({ payload: payload.replace(/}$/, ",}") }),
    "with a comment": token({ payload: payload.replace("{", "{/**/") }),
    "with a name spelled in escapes": token({ payload: payload.replace('"sub"', '"\\u0073ub"') }),
    "with a value spelled in escapes": token({ payload: payload.replace(/"kind":"a/, '"kind":"\\u0061') }),
    "with escaped slashes": token({ payload: payload.replaceAll("/", "\\/") }),
    "in another order": token({ payload: reversed }),
    "UTF-16": token({ payload: Buffer.from(payload, "utf16le") }),
    "Latin-1": token({ payload: withRole(Buffer.of(0xe9)) }),
    "not UTF-8": token({ payload: withRole(Buffer.of(0xff, 0xfe)) }),
    "overlong UTF-8": token({ payload: withRole(Buffer.of(0xc1, 0xa1)) }),
    "a surrogate in UTF-8": token({ payload: withRole(Buffer.of(0xed, 0xa0, 0x80)) }),
    deflated: token({ payload: deflateRawSync(payload) }),
    "deflated, as the header says": token({ header: { ...header, zip: "DEF" }, payload: deflateRawSync(payload) }),
  });
}

function repeatedClaims({ otherKey }: HostileContext, { claims, payload, token }: Forge): HostileToken[] {
  const first = (text: string): string => token({ payload: `{${text},${payload.slice(1)}` });
  const last = (text: string): string => token({ payload: `${payload.slice(0, -1)},${text}}` });
  return named("repeated claim", {
    "another sub first": first(`"sub":"00000000-0000-4000-8000-000000000000"`),
    "another sub last": last(`"sub":"00000000-0000-4000-8000-000000000000"`),
    "the same sub": last(`"sub":"${claims.sub}"`),
    "another exp first": first('"exp":1'),
    "a later exp last": last(`"exp":${claims.exp + 1}`),
    "the same exp": last(`"exp":${claims.exp}`),
    "a role first": first('"roles":["admin"]'),
    "a role last": last('"roles":["admin"]'),
    "another issuer first": first('"iss":"https://evil.example"'),
    "sub, the second in escapes": last(`"\\u0073ub":"${claims.sub}"`),
    "sub, by a stranger": token({ payload: `{"sub":"",${payload.slice(1)}`, key: otherKey.privateJwk }),
  });
}

/** The signature covers the characters as sent, so each of these verifies for whoever decodes generously. */
function looseEncodings({ claims, header, signed, token }: Forge): HostileToken[] {
  const [encodedHeader, encodedPayload, signature] = partsOf(token());
  const input = `${encodedHeader}.${encodedPayload}`;
  // Two spare characters of JSON at most bring the length to one that leaves bits over at the end.
  const ragged = [0, 1, 2]
    .map((length) => encode({ ...claims, roles: ["r".repeat(length)] }))
    .find((text) => text.length % 4 !== 0);
  const symbols = encode({ ...claims, roles: ["~~~???>>>", "?~~~???>>>", "??~~~???>>>"] });
  const standard = (text: string): string => text.replaceAll("-", "+").replaceAll("_", "/");
  const spoilt: Record<string, (text: string) => string> = {
    "with padding": (text) => text.padEnd(Math.max(text.length + 1, Math.ceil(text.length / 4) * 4), "="),
    "with a line break inside": (text) => `${text.slice(0, 10)}\n${text.slice(10)}`,
    "with a space inside": (text) => `${text.slice(0, 10)} ${text.slice(10)}`,
    "with a space after": (text) => `${text} `,
    "with a line break after": (text) => `${text}\r\n`,
    "with a NUL after": (text) => `${text}\u0000`,
    "with a foreign character": (text) => `${text.slice(0, 10)}!${text.slice(10)}`,
    "with a lone character more": (text) => `${text}A`,
  };
  return [
    ...Object.entries(spoilt).flatMap(([name, spoil]) =>
      named(name, {
        header: signed(spoil(encodedHeader), encodedPayload),
        payload: signed(encodedHeader, spoil(encodedPayload)),
        signature: `${input}.${spoil(signature)}`,
      }),
    ),
    ...named("unused bits set at the end", {
      header: signed(withSpareBit(encode(header)), encodedPayload),
      payload: signed(encodedHeader, withSpareBit(ragged ?? encodedPayload)),
      signature: `${input}.${withSpareBit(signature)}`,
    }),
    ...named("standard alphabet", {
      payload: signed(encodedHeader, standard(symbols)),
      signature: standardSignature(token, standard),
    }),
  ];
}

/** Sets the lowest bit of the last character, which stands for nothing unless the length is a multiple of four. */
function withSpareBit(text: string): string {
  return text.slice(0, -1) + alphabet.charAt(alphabet.indexOf(text.slice(-1)) ^ 1);
}

/** Signs until the signature has a character that differs between the two alphabets (most have). */
function standardSignature(token: Forge["token"], standard: (text: string) => string): string {
  for (;;) {
    const [header, payload, signature] = partsOf(token());
    if (standard(signature) !== signature) return `${header}.${payload}.${standard(signature)}`;
  }
}

function wrongParts({ token }: Forge): HostileToken[] {
  const genuine = token();
  const [header, payload, signature] = partsOf(genuine);
  const joined = (dot: string): string => [header, payload, signature].join(dot);
  return named("parts", {
    none: "",
    "one dot": ".",
    "two dots": "..",
    "three dots": "...",
    one: header,
    two: `${header}.${payload}`,
    "four, the last empty": `${genuine}.`,
    "four, the first empty": `.${genuine}`,
    four: `${genuine}.${signature}`,
    five: `${header}.${payload}.${payload}.${payload}.${signature}`,
    "header empty": `.${payload}.${signature}`,
    "payload empty": `${header}..${signature}`,
    "only a signature": `..${signature}`,
    "two tokens": `${genuine}${genuine}`,
    "two tokens with a comma": `${genuine},${genuine}`,
    "two tokens with a space": `${genuine} ${genuine}`,
    "in another order": `${payload}.${header}.${signature}`,
    "with ideographic full stops": joined("\u3002"),
    "with fullwidth full stops": joined("\uff0e"),
    "with one-dot leaders": joined("\u2024"),
    "with middle dots": joined("\u00b7"),
    "with escaped dots": joined("%2E"),
    "with colons": joined(":"),
    "after a space": ` ${genuine}`,
    "after a scheme": `Bearer ${genuine}`,
    "in quotes": `"${genuine}"`,
    "after a byte order mark": `\ufeff${genuine}`,
    "with a zero-width space after": `${genuine}\u200b`,
    "with a fullwidth letter": genuine.replace(/^e/, "\uff45"),
    "with a lone surrogate": `${genuine}\ud800`,
    "in upper case": genuine.toUpperCase(),
    "percent-encoded": `%65${genuine.slice(1)}`,
  });
}

async function otherForms({ signingKey }: HostileContext, { header, token }: Forge): Promise<HostileToken[]> {
  const genuine = token();
  const [protectedHeader, payload, signature] = partsOf(genuine);
  const { kty, crv, x, y } = signingKey.publicJwk;
  const recipient = await importJWK({ kty, crv, x, y }, "ECDH-ES");
  const encrypted = (alg: string, key: typeof recipient | Uint8Array): Promise<string> =>
    new CompactEncrypt(Buffer.from(genuine))
      .setProtectedHeader({ alg, enc: "A256GCM", typ: "at+jwt", cty: "JWT", kid: signingKey.kid })
      .encrypt(key);
  const flattened = JSON.stringify({ payload, protected: protectedHeader, signature });
  const general = JSON.stringify({ payload, signatures: [{ protected: protectedHeader, signature }] });
  return named("another form", {
    "token in a token": token({ payload: genuine }),
    "token in a token, as the header says": token({ header: { ...header, cty: "JWT" }, payload: genuine }),
    "token as a JSON string": token({ payload: JSON.stringify(genuine) }),
    "encrypted to the public key": await encrypted("ECDH-ES", recipient),
    "encrypted with a key that all know": await encrypted("dir", Buffer.alloc(32)),
    "JSON, flattened": flattened,
    "JSON, general": general,
    "JSON, encoded": encode(flattened),
    "encoded as a whole": encode(genuine),
    "detached payload": `${protectedHeader}..${signature}`,
  });
}

function sizes({ claims, token }: Forge): HostileToken[] {
  const megabyte = 1_048_576;
  return named("size", {
    "really signed, just over 4096 bytes": token({ payload: { ...claims, roles: ["r".repeat(3_200)] } }),
    "really signed, a megabyte": token({ payload: { ...claims, roles: ["r".repeat(megabyte)] } }),
    "a megabyte of dots": ".".repeat(megabyte),
    "a megabyte of letters": "A".repeat(megabyte),
    "a megabyte of brackets": token({ payload: "[".repeat(megabyte) }),
  });
}
