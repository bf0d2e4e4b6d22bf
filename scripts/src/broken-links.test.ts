import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { brokenLinks } from "./broken-links.ts";

describe("the links of a Markdown file", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "broken-links-"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  function write(path: string, text: string): string {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  async function brokenIn(text: string): Promise<string[]> {
    return brokenLinks([write("page.md", text)], { root });
  }

  it("are sound when file, folder, heading, repeated heading, line and reference are there", async () => {
    write("docs/other.md", "# Other\n\n## One, `two` & three\n\n## Again\n\n## Again\n");
    const text = [
      "# Page",
      "[file](docs/other.md) [folder](docs) [from the root](/docs/other.md) [here](#page)",
      "[heading](docs/other.md#one-two--three) [repeated](docs/other.md#again-1) [line](docs/other.md#L3)",
      "[reference][other] <https://example.com/a?b#c> [mail](mailto:someone@example.com)",
      "[other]: docs/other.md",
      "```md\n[not a link](nowhere.md)\n```",
    ].join("\n\n");
    expect(await brokenIn(text)).toEqual([]);
  });

  it("are reported with file and line when the file is missing", async () => {
    expect(await brokenIn("# Page\n\ntext\n[gone](docs/gone.md)\n")).toEqual([
      expect.stringMatching(/^page\.md:4 .*"docs\/gone\.md"/),
    ]);
  });

  it("are reported when an image is missing", async () => {
    expect(await brokenIn("![gone](gone.png)\n")).toEqual([expect.stringMatching(/^page\.md:1 .*"gone\.png"/)]);
  });

  it("are reported when the other file has no such heading", async () => {
    write("other.md", "# Other\n");
    expect(await brokenIn("\n[gone](other.md#gone)\n")).toEqual([expect.stringMatching(/^page\.md:2 .*#gone/)]);
  });

  it("are reported when the page itself has no such heading", async () => {
    expect(await brokenIn("# Page\n\n[gone](#gone)\n")).toEqual([expect.stringMatching(/^page\.md:3 .*#gone/)]);
  });

  it("are reported when a reference is not defined", async () => {
    expect(await brokenIn("[text][gone]\n")).toEqual([expect.stringMatching(/^page\.md:1 .*gone/)]);
  });

  it.each(["https:/example.com", "htps://example.com", "mailto:nobody", "https://[::1"])(
    "are reported when the address cannot be one: %s",
    async (href) => {
      expect(await brokenIn(`# Page\n\n[x](${href})\n`)).toContainEqual(expect.stringMatching(/^page\.md:3 External/));
    },
  );
});
