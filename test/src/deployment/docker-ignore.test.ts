import { describe, expect, it } from "@jest/globals";
import { dockerIgnore } from "./docker-ignore.ts";

describe("a .dockerignore", () => {
  const isIgnored = dockerIgnore("# all\n*\n!libs\n!test/package.json\n\n**/node_modules\n**/*.test.ts\n**/.env*\n");

  it.each([
    ["README.md", true],
    ["docs/adr/1.md", true],
    ["libs/aws/src/index.ts", false],
    ["libs/aws/src/index.test.ts", true],
    ["libs/aws/node_modules/x/index.js", true],
    ["libs/.env", true],
    ["libsodium/index.ts", true],
    ["test/package.json", false],
    ["test/tsconfig.json", true],
  ])("decides on %s by the last pattern that matches: %s", (file, ignored) => {
    expect(isIgnored(file)).toBe(ignored);
  });
});
