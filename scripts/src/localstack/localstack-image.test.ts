import { describe, expect, it } from "@jest/globals";
import { localStackImageOf } from "./localstack-image.ts";

describe("the LocalStack image", () => {
  it.each(["localstack/localstack:4.14.0", '"localstack/localstack:4.14.0" # pinned'])(
    "is read from: image: %s",
    (it) => {
      expect(localStackImageOf(`services:\n  other:\n    image: other:1\n  localstack:\n    image: ${it}\n`)).toBe(
        "localstack/localstack:4.14.0",
      );
    },
  );

  it.each([
    "services: {}",
    "    image: localstack/localstack",
    "    # image: localstack/localstack:4.14.0",
    "    image: localstack/localstack:4.14.0\n    image: localstack/localstack:4.13.0",
  ])("is one with a version, unlike in %j", (text) => {
    expect(() => localStackImageOf(text)).toThrow("docker-compose.yml must name one image");
  });
});
