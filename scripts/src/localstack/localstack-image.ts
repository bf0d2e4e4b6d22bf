/** The LocalStack image that a compose file names, so that its version is written in one place. @throws Error */
export function localStackImageOf(composeText: string): string {
  const images = composeText.matchAll(/^\s*image:\s*["']?(localstack\/localstack:[\w.-]+)/gm);
  const [image, ...others] = new Set([...images].map(([, name = ""]) => name));
  if (image === undefined || others.length > 0) {
    throw new Error("docker-compose.yml must name one image localstack/localstack:<version>");
  }
  return image;
}
