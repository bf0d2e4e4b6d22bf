/** The lines of JSON of an open answer as they come, without what is none. `heard` is called for whatever comes. */
export async function* sentLines(response: Response, heard: () => void): AsyncGenerator<unknown> {
  let rest = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    heard();
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const value = jsonOf(line);
      if (value !== undefined) yield value;
    }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
