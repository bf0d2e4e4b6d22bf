/** Every way in which a text may stand somewhere: as it is, encoded, escaped, or in the middle of what is. */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  // Base64 of the text inside a longer one differs by where it begins: the characters that all such have in common.
  const base64 = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    return encoded.slice(Math.ceil((before * 4) / 3), (before + bytes.length) % 3 === 0 ? undefined : -1);
  });
  return [
    ...new Set([
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      bytes.toString("hex"),
      ...base64,
      ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
    ]),
  ];
}

/** Where a secret stands in `places`, in which form; digits count only where they are a number of their own. */
export function findSecrets(
  secrets: ReadonlyMap<string, string>,
  places: ReadonlyMap<string, string>,
): readonly string[] {
  const found: string[] = [];
  for (const [name, secret] of secrets) {
    for (const [place, text] of places) {
      for (const form of formsOf(secret)) {
        const stands = /^\d+$/.test(form)
          ? new RegExp(`(?<![0-9A-Za-z_-]|\\d\\.)${form}(?![0-9A-Za-z_-]|\\.\\d)`).test(text)
          : text.includes(form);
        if (stands) found.push(`${name} in ${place}, as ${form.slice(0, 4)}…`);
      }
    }
  }
  return found;
}
